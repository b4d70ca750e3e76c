"""The room of a guest's own traces, metrics and logs: the data plane takes them, `atoll.observe.otel` exports them."""
