"""For each generator a change of the document that it refuses or warns of, and that must be noticed."""

import copy
import json


def _link_with_an_object(tree):
    tree["components"]["responses"]["Read"]["links"]["commit"]["requestBody"] = {"cursor": "$response.body#/next"}


def _one_name_twice(tree):
    parameters = tree["components"]["parameters"]
    parameters["Group"] = parameters.pop("GroupInPath")
    text = json.dumps(tree).replace('"#/components/parameters/GroupInPath"', '"#/components/parameters/Group"')
    tree.clear()
    tree.update(json.loads(text))


def _false_and_null(tree):
    written = tree["components"]["schemas"]["Problem"]["properties"]["written"]
    written.clear()
    written.update(type=["boolean", "null"], enum=[False, None])


def _other_member(tree):
    page = tree["components"]["schemas"]["Page"]
    page["properties"]["after"] = page["properties"].pop("next")
    page["required"] = ["events", "after", "up_to_date"]


# The generator's name -> (change, what it must say of it)
CHANGES = {
    "openapi-typescript": (_other_member, "Property 'next' does not exist"),
    "openapi-python-client": (_false_and_null, "Unable to process schema /components/schemas/Problem"),
    "oapi-codegen": (_one_name_twice, "duplicate typename 'Group'"),
    "openapi-generator": (_link_with_an_object, "commit.requestBody is not of type `string`"),
}


def document(tree, generator):
    """(name, tree, what the generator must say) of its spoiled copy."""
    change, reason = CHANGES[generator]
    spoiled = copy.deepcopy(tree)
    change(spoiled)
    return change.__name__.strip("_"), spoiled, reason
