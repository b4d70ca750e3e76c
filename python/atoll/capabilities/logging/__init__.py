"""The room of messages for the log: the data plane answers it alone, see the README."""
