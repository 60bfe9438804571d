"""The steps of examples/demo.yaml, in Python."""
