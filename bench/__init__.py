"""The figures: each is one small module, measured by `python -m bench` (or `make bench`) and written down in two files.

`results.json` is for programs, `RESULTS.md` for people. A ratio is measured in one run, both sides in turn, so that a
slow machine slows both.
"""
