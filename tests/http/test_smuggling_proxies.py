"""Request smuggling behind nginx, HAProxy, and a proxy that is careless on purpose. Each shares a connection to the
server among its clients, and denies what the hidden requests of tests/corpus/smuggling ask for. Where a proxy forgives
and sees two requests, it denies the second; but none gets past it, and the next client on that connection gets its own
answer."""

import unittest

import proxies
from careless_proxy import CarelessProxy
from harness import HttpCase, unique
from server import seconds
from smuggling import HIDDEN, PREFIX, attack, load

QUIET_SECONDS = 0.25  # how long an attacker is watched who gets no more answers
VICTIMS = 2


class Behind:
    """For each proxy and front of it: `place` puts one before the server, and gives its address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = unique("there")
        cls.client.request("PUT", f"/topics/{cls.there}", b"")
        cls.address = cls.place(cls.server.address())

    def smuggled(self):
        """What hidden requests left, seen straight by the server; taken away, so that the next case begins clean."""
        names = [topic["name"] for topic in self.get("/topics", prefix=PREFIX).json()["topics"]]
        for name in names:
            self.request("DELETE", f"/topics/{name}")
        return names

    def be_victim(self):
        """A client of its own asks through the proxy, and must get the answer to what it asked."""
        outcome = attack(self.address, b"", self.there, None, seconds(5), seconds(5))
        self.assertEqual([(answer.status, answer.request_id) for answer in outcome.answers], [(200, "victim")], outcome)
        self.assertIn(f'"{self.there}"', outcome.answers[0].text)

    def run_case(self, case):
        self.be_victim()  # so that the attack is not the first request of the server's connection
        request = case.render(self.there, unique(PREFIX + "x"))
        outcome = attack(self.address, request, self.there, None, seconds(5), seconds(QUIET_SECONDS))
        for _ in range(VICTIMS):
            self.be_victim()
        self.assertEqual(self.smuggled(), [], f"the hidden request ran: {outcome}")
        self.assertNotIn(b"Request-Id: hidden", outcome.raw, "the hidden request was answered")
        self.assertLessEqual(len(outcome.of("attack")), 1, f"there are more answers than requests: {outcome}")
        victims = outcome.of("victim")
        self.assertLessEqual(len(victims), 1, outcome)
        self.assertTrue(all(victim.status == 200 for victim in victims), victims)

    def test_what_hides_is_denied_when_it_does_not_hide(self):
        """Else what gets past a proxy would be what it lets through."""
        hidden = HIDDEN.replace("{mark}", unique(PREFIX + "seen")).encode()
        outcome = attack(self.address, hidden, self.there, None, seconds(5), seconds(5))
        self.assertEqual(outcome.answers[0].status, 403, outcome)
        self.assertEqual(self.smuggled(), [])

    def test_clients_share_a_connection(self):
        """Else nothing could be smuggled here, and all the other cases would say nothing."""
        self.be_victim()
        before = proxies.connections_to(self.server.address())
        for _ in range(5):
            self.be_victim()
        after = proxies.connections_to(self.server.address())
        self.assertTrue(after)
        self.assertLessEqual(after, before)  # one that an attack ended may go meanwhile, none may come


def _test(case):
    def test(self):
        self.run_case(case)
    return test


for _case in load():
    setattr(Behind, f"test_{_case.name}".replace("-", "_"), _test(_case))


class BehindDebians(Behind):
    """A proxy from Debian; `make` makes it."""

    front = "plain"

    @classmethod
    def place(cls, server):
        proxy = cls.make()
        cls.addClassCleanup(proxy.stop)
        return proxy.start(server).fronts[cls.front]


class Nginx(BehindDebians, HttpCase):
    make = staticmethod(proxies.nginx)


class NginxLenient(Nginx):
    front = "lenient"


class HAProxy(BehindDebians, HttpCase):
    make = staticmethod(proxies.haproxy)


class HAProxyLenient(HAProxy):
    front = "lenient"


class CarelessOfLengths(Behind, HttpCase):
    belief = "length"

    @classmethod
    def place(cls, server):
        proxy = CarelessProxy(cls.belief)
        cls.addClassCleanup(proxy.stop)
        return proxy.start(server).address


class CarelessOfChunks(CarelessOfLengths):
    belief = "chunked"


if __name__ == "__main__":
    unittest.main()
