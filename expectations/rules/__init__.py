"""One module a topic, one class a rule. The list of rules that run is `expectations/registry.py`."""
