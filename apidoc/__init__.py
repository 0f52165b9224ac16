"""The description of the API (OpenAPI 3.1), made from the types that read its requests and write its answers.

``operations`` is the one table of what can be asked and answered, ``schemas`` the shapes, ``examples`` their examples,
and ``document`` puts them together. Made at build time (``make docs``) into ``chalicelib/static/openapi.json``; nothing
of this ships.
"""
