"""The UI's budgets, measured in a browser. `python -m bench.ui` runs it."""
