"""Which commands of `execute` may use a connection that others use afterwards.

A command is refused if it only makes sense on a connection that its caller keeps. It is sent on a shared connection if
it is known to leave no trace there, else on a connection of its own, which is closed after the reply: so whatever a
module or a later Redis adds is safe unseen. What a user may do to a server is for the server's own access lists.
"""

from collections.abc import Sequence

_TRANSACTION = "it needs a connection of its own over several calls; use EVAL for what must happen at once"
_SUBSCRIPTION = "its messages come after the reply; use the redis trigger to receive messages"
_LOGIN = "user and database belong into the address: redis://user:password@host/1"
_SESSION = "it changes or reads the state of a connection, and connections are shared"
_STREAM = "its reply does not end"

_REFUSED = {
    **dict.fromkeys(("MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"), _TRANSACTION),
    **dict.fromkeys(("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"), _SUBSCRIPTION),
    **dict.fromkeys(("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"), _SUBSCRIPTION),
    **dict.fromkeys(("AUTH", "SELECT"), _LOGIN),
    **dict.fromkeys(("HELLO", "RESET", "QUIT", "CLIENT", "ASKING", "READONLY", "READWRITE"), _SESSION),
    **dict.fromkeys(("WAIT", "WAITAOF", "SCRIPT DEBUG"), _SESSION),
    **dict.fromkeys(("MONITOR", "SYNC", "PSYNC", "REPLCONF"), _STREAM),
}

_DATA = """
    APPEND BITCOUNT BITFIELD BITFIELD_RO BITOP BITPOS DECR DECRBY GET GETBIT GETDEL GETEX GETRANGE GETSET INCR
    INCRBY INCRBYFLOAT LCS MGET MSET MSETNX PSETEX SET SETBIT SETEX SETNX SETRANGE STRLEN SUBSTR COPY DEL DUMP
    EXISTS EXPIRE EXPIREAT EXPIRETIME KEYS MOVE OBJECT PERSIST PEXPIRE PEXPIREAT PEXPIRETIME PTTL RANDOMKEY
    RENAME RENAMENX RESTORE SCAN SORT SORT_RO TOUCH TTL TYPE UNLINK HDEL HEXISTS HEXPIRE HEXPIREAT HEXPIRETIME
    HGET HGETALL HGETDEL HGETEX HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HPERSIST HPEXPIRE HPEXPIREAT
    HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN HTTL HVALS BLMOVE BLMPOP BLPOP BRPOP
    BRPOPLPUSH LINDEX LINSERT LLEN LMOVE LMPOP LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM RPOP RPOPLPUSH
    RPUSH RPUSHX SADD SCARD SDIFF SDIFFSTORE SINTER SINTERCARD SINTERSTORE SISMEMBER SMEMBERS SMISMEMBER SMOVE
    SPOP SRANDMEMBER SREM SSCAN SUNION SUNIONSTORE BZMPOP BZPOPMAX BZPOPMIN ZADD ZCARD ZCOUNT ZDIFF ZDIFFSTORE
    ZINCRBY ZINTER ZINTERCARD ZINTERSTORE ZLEXCOUNT ZMPOP ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX
    ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE
    ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION ZUNIONSTORE XACK XADD XAUTOCLAIM XCLAIM XDEL
    XGROUP XINFO XLEN XPENDING XRANGE XREAD XREADGROUP XREVRANGE XSETID XTRIM GEOADD GEODIST GEOHASH GEOPOS
    GEORADIUS GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GEOSEARCHSTORE PFADD PFCOUNT PFMERGE
    EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO FUNCTION SCRIPT PUBLISH PUBSUB SPUBLISH COMMAND DBSIZE ECHO
    FLUSHALL FLUSHDB INFO LASTSAVE MEMORY PING TIME
"""
_SHARED = frozenset(_DATA.split())


def words(command: str, arguments: Sequence[int | bytes]) -> list[int | bytes]:
    """The command as it is sent: one that was given with its subcommand becomes two words."""
    return [*command.encode().split(), *arguments]


def refusal(sent: Sequence[int | bytes]) -> str | None:
    """Why this command is refused, or None."""
    names = _names(sent)
    if not names[0]:
        return "there is no command"
    for name in (names[0], " ".join(names)):
        if name in _REFUSED:
            return f"{name} cannot be executed: {_REFUSED[name]}"
    return None


def shareable(sent: Sequence[int | bytes]) -> bool:
    """Whether the command is known to leave no trace on its connection."""
    return _names(sent)[0] in _SHARED


def _names(sent: Sequence[int | bytes]) -> list[str]:
    """The first two words, in capitals."""
    texts = [word if isinstance(word, bytes) else str(word).encode() for word in sent[:2]]
    return [text.upper().decode("latin-1") for text in texts] or [""]
