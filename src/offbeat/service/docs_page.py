"""The operations of the API on one page that loads nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

__all__ = ["docs_page", "docs_style"]

docs_style = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a }
section { border-top: 1px solid #ccc; padding: 0.5rem 0 }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { background: #f4f4f4; overflow-x: auto; padding: 0.5rem }
td { padding: 0.1rem 1rem 0.1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { background: #111; color: #ddd } pre { background: #222 } a { color: #8cf }
}
"""


def docs_page(schema: dict[str, Any]) -> str:
    """Return the page of an OpenAPI schema.

    Examples
    --------
    >>> info = {"title": "offbeat", "version": "1"}
    >>> page = docs_page({"info": info, "paths": {"/v1/models": {"get": {"summary": "List", "responses": {}}}}})
    >>> "GET /v1/models" in page
    True
    """
    title = f"{schema['info']['title']} {schema['info']['version']}"
    sections = [
        _operation(schema, method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="docs.css">'
        f'<h1>{escape(title)}</h1><p>All of it for programs: <a href="openapi.json">openapi.json</a></p>'
        f"{''.join(sections)}</html>"
    )


def _operation(schema: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    about = operation.get("description") or operation.get("summary", "")
    rows = [
        f"<tr><td><code>{escape(each['name'])}</code>{'' if each.get('required') else ' (optional)'}</td>"
        f"<td>{escape(each.get('description', ''))}</td></tr>"
        for each in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {})
    answer = operation["responses"].get("200", {}).get("content", {})
    parts = [
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(about)}</p>",
        f"<table>{''.join(rows)}</table>" if rows else "",
        *(_shape(schema, f"Body, {kind}", found) for kind, found in body.items()),
        *(_shape(schema, "Answer", found) for found in answer.values()),
        "</section>",
    ]
    return "".join(parts)


def _shape(schema: dict[str, Any], title: str, content: dict[str, Any]) -> str:
    found = _plain(schema, content.get("schema", {}), 4)
    return f"<p>{escape(title)}</p><pre>{escape(json.dumps(found, indent=1))}</pre>" if found else ""


def _plain(schema: dict[str, Any], part: dict[str, Any], depth: int) -> Any:
    """Return a schema as an example of what it describes, with the names of types."""
    if "$ref" in part and depth:
        name = part["$ref"].rpartition("/")[2]
        return _plain(schema, schema.get("components", {}).get("schemas", {}).get(name, {}), depth - 1)
    if "anyOf" in part:
        return " or ".join(sorted({json.dumps(_plain(schema, each, depth)).strip('"') for each in part["anyOf"]}))
    if "enum" in part:
        return " or ".join(map(str, part["enum"]))
    if part.get("type") == "array" and depth:
        return [_plain(schema, part.get("items", {}), depth - 1)]
    if "properties" in part and depth:
        return {name: _plain(schema, each, depth - 1) for name, each in part["properties"].items()}
    return part.get("type", "")
