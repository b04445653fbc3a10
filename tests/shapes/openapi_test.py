#!/usr/bin/python3
"""The judge of shapes must find what is wrong: a document of ten lines, and exchanges that depart from it."""

import json
import unittest

from openapi import Document

THING = {"type": "object", "required": ["id", "name"], "properties": {
    "id": {"type": "integer", "readOnly": True}, "name": {"type": "string", "pattern": "^[a-z]+$"},
    "note": {"type": "string", "nullable": True}, "kind": {"type": "string", "enum": ["small", "big"]},
    "made": {"type": "string", "format": "date-time"},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}}}
PART = {"allOf": [{"type": "object", "properties": {"weight": {"type": "number", "minimum": 0, "exclusiveMinimum": True}}},
                  {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
                             {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}]}]}
BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
DOCUMENT = {"openapi": "3.0.0", "info": {"title": "Things", "version": "1"},
            "components": {"schemas": {"Thing": THING, "Part": PART}, "parameters": {
                "size": {"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 50}}}},
            "paths": {
                "/things": {"parameters": [{"$ref": "#/components/parameters/size"}],
                            "post": {"requestBody": {"required": True, **BODY}, "responses": {"201": BODY}}},
                "/things/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": True,
                                                         "schema": {"type": "integer"}}],
                                         "responses": {"200": BODY}},
                                 "delete": {"responses": {"204": {"description": "gone"}}}},
                "/things/first": {"get": {"responses": {"200": BODY}}}}}
GOOD = {"id": 7, "name": "x"}


class Judged(unittest.TestCase):
    def exchange(self, method, path, status, body=None, answer=None, document=None):
        text = [json.dumps(each) if each is not None else "" for each in (body, answer)]
        name, found = (document or Document(DOCUMENT)).exchange({
            "method": method, "path": path, "status": status, "type": "application/json", "body": text[0],
            "answer_type": "application/json", "answer": text[1]})
        return name, [each.where for each in found]

    def post(self, body, answer=None, path="/things"):
        return self.exchange("POST", path, 201, body, answer or GOOD)[1]

    def test_what_fits_is_no_finding(self):
        whole = {"name": "x", "note": None, "kind": "big", "made": "2026-11-22T00:00:00Z", "labels": {"any": "thing"},
                 "parts": [{"weight": 1, "a": "x"}, {"b": "y"}]}
        self.assertEqual(self.post(whole, {"id": 1, **whole}, "/things?size=50"), [])
        self.assertEqual(self.exchange("GET", "/things/7", 200, None, GOOD), ("GET /things/{id}", []))
        self.assertEqual(self.exchange("DELETE", "/things/7", 204), ("DELETE /things/{id}", []))

    def test_text_of_a_path_counts_for_more_than_a_variable(self):
        self.assertEqual(self.exchange("GET", "/things/first", 200, None, GOOD), ("GET /things/first", []))

    def test_unknown_operations_and_parameters(self):
        self.assertEqual(self.exchange("PUT", "/things", 200), (None, ["PUT /things path / unknown"]))
        self.assertEqual(self.post({"name": "x"}, path="/things?colour=red"), ["POST /things query /colour unknown"])
        self.assertEqual(self.post({"name": "x"}, path="/things?size=51"), ["POST /things query /size maximum"])
        self.assertEqual(self.post({"name": "x"}, path="/things?size=many"), ["POST /things query /size type"])
        self.assertEqual(self.exchange("GET", "/things/x", 200, None, GOOD)[1], ["GET /things/{id} path /id type"])

    def test_bodies_of_requests(self):
        for body, finding in [
                ({}, "/name missing"), ({"name": 1}, "/name type"), ({"name": "X"}, "/name pattern"),
                ({"name": "x", "id": 7}, "/id read-only"), ({"name": "x", "colour": "red"}, "/colour unknown"),
                ({"name": "x", "kind": "middle"}, "/kind enum"), ({"name": "x", "made": "today"}, "/made format"),
                ({"name": "x", "labels": {"a": 1}}, "/labels/a type"), ({"name": None}, "/name type"),
                ({"name": "x", "parts": [{"a": "x", "c": "y"}]}, "/parts/*/c unknown"),
                ({"name": "x", "parts": [{"weight": 1}]}, "/parts/* oneOf"),
                ({"name": "x", "parts": [{"weight": 0, "a": "x"}]}, "/parts/*/weight exclusiveMinimum")]:
            self.assertEqual(self.post(body), ["POST /things request " + finding], body)
        self.assertEqual(self.post(None), ["POST /things request / missing"])
        self.assertEqual(self.exchange("DELETE", "/things/7", 204, {})[1], ["DELETE /things/{id} request / unknown"])

    def test_answers(self):
        self.assertEqual(self.post({"name": "x"}, {"name": "x"}), ["POST /things answer /id missing"])
        self.assertEqual(self.post({"name": "x"}, {**GOOD, "more": 1}), ["POST /things answer /more unknown"])
        self.assertEqual(self.exchange("GET", "/things/7", 200)[1], ["GET /things/{id} answer /200 missing"])
        self.assertEqual(self.exchange("DELETE", "/things/7", 204, None, {})[1], ["DELETE /things/{id} answer /204 unknown"])
        self.assertEqual(self.exchange("GET", "/things/7", 202, None, GOOD)[1], ["GET /things/{id} answer /202 status"])

    def test_refusals_that_the_document_does_not_have(self):
        schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
        document = Document(DOCUMENT, refusal=schema)
        self.assertEqual(self.exchange("GET", "/things/7", 404, None, {"error": "none"}, document)[1], [])
        self.assertEqual(self.exchange("GET", "/things/7", 404, None, {}, document)[1],
                         ["GET /things/{id} answer /error missing"])


if __name__ == "__main__":
    unittest.main()
