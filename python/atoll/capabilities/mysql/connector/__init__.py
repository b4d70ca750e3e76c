"""One connection through MySQL Connector/Python: connecting, prepared statements, values of the binary protocol.

Works below the connector's cursors, with its commands of the protocol: a cursor changes `%s` inside of a statement, and
its values are Python's, which have no zero dates. `client.py` says what else is not left to the connector.
"""
