"""`python -m llms`: the same as the command `llms`."""

from llms.cli import main

main()
