"""The checker: holds what writers were told against what is there, and names every broken promise."""


class Batch:
    """One request: events 0 to count-1 of a topic, and what was answered."""

    def __init__(self, name, topic, count):
        self.name = name
        self.topic = topic
        self.count = count
        self.extents = None  # of a 200: {partition: (first offset, count)}
        self.refused = False  # answered "certainly not written"
        self.answer = None  # any other answer than 200
        self.sent_at = 0.0

    def acknowledge(self, partitions):
        self.extents = {part["partition"]: (part["first_offset"], part["count"]) for part in partitions}


class History:
    """What was sent and seen over all rounds. check() may be called after each; it gives a list of faults, each a
    text that begins with its kind: lost, doubled, torn, reordered, reused, refused, stranger, or wrong-answer."""

    def __init__(self):
        self.batches = {}
        self.seen = {}  # (topic, partition, offset) -> (batch, index), of earlier checks

    def add(self, batches):
        for batch in batches:
            if batch.name in self.batches:
                raise ValueError(f"batch {batch.name} was made twice: the test is wrong")
            self.batches[batch.name] = batch

    def check(self, found):
        """`found` is {(topic, partition): [(offset, batch name, index)…]} in the order read."""
        faults = []
        places = self._index(found, faults)
        for batch in self.batches.values():
            self._check_batch(batch, places.get(batch.name, {}), faults)
        self._check_seen(found, faults)
        return faults

    def _index(self, found, faults):
        """{batch: {index: (partition, offset, rank in the partition)}}; sees order of offsets, doubles, strangers."""
        places = {}
        for (topic, partition), events in found.items():
            last = -1
            for rank, (offset, name, index) in enumerate(events):
                if offset <= last:
                    faults.append(f"reordered: {topic}/{partition} gives offset {offset} after {last}")
                last = offset
                batch = self.batches.get(name)
                if batch is None or batch.topic != topic or not 0 <= index < batch.count:
                    faults.append(f"stranger: {name}[{index}] in {topic}/{partition} at {offset} was never sent there")
                    continue
                indexes = places.setdefault(name, {})
                if index in indexes:
                    faults.append(f"doubled: {name}[{index}] at {offset} and at {indexes[index][1]}")
                    continue
                indexes[index] = (partition, offset, rank)
        return places

    def _check_batch(self, batch, indexes, faults):
        there = len(indexes)
        if batch.refused and there:
            faults.append(f"refused: {batch.name} was answered as not written, {there} events are there")
        if 0 < there < batch.count:
            faults.append(f"torn: {batch.name} has {there} of {batch.count} events")
        if batch.extents is not None and there < batch.count:
            faults.append(f"lost: {batch.name} was acknowledged, {batch.count - there} of {batch.count} are not there")
        by_partition = {}
        for index in sorted(indexes):
            partition, offset, rank = indexes[index]
            by_partition.setdefault(partition, []).append((index, offset, rank))
        for partition, events in by_partition.items():
            self._check_partition(batch, partition, events, faults)
        if batch.extents is not None and there == batch.count:
            self._check_answer(batch, by_partition, faults)

    @staticmethod
    def _check_partition(batch, partition, events, faults):
        """In a partition: in the order of the request, next to each other."""
        for (index, offset, rank), (following, next_offset, next_rank) in zip(events, events[1:]):
            if next_rank != rank + 1 or next_offset != offset + 1:
                faults.append(f"reordered: {batch.name}[{index}] at {offset} and [{following}] at {next_offset} of "
                              f"{batch.topic}/{partition} are not next to each other")
                return

    @staticmethod
    def _check_answer(batch, by_partition, faults):
        """The acknowledged offsets hold exactly these events."""
        real = {partition: (events[0][1], len(events)) for partition, events in by_partition.items()}
        if real != batch.extents:
            faults.append(f"wrong-answer: {batch.name} got {batch.extents} as its answer and is at {real}")

    def _check_seen(self, found, faults):
        """What a reader has seen stays, and its offset is never used again."""
        now = {(topic, partition, offset): (name, index)
               for (topic, partition), events in found.items() for offset, name, index in events}
        for place, event in self.seen.items():
            if place not in now:
                faults.append(f"lost: {event} was read at {place} before and is gone")
            elif now[place] != event:
                faults.append(f"reused: {place} held {event} and now holds {now[place]}")
        self.seen = now
