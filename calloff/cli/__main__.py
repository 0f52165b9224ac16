"""`python -m calloff.cli`."""

from calloff.cli import main

main()
