"""One connection through psycopg 3 and libpq: connecting, statements, and values in PostgreSQL's binary format.

Works below psycopg's cursors, with libpq's own calls: rows come in pieces, so that a result never has to fit into
memory before it is measured, and each value reaches this room in the bytes that the server sent.
"""
