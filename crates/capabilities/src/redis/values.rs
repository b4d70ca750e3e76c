//! What crosses between a guest and Redis, for all versions of the interface.

/// One argument of a command.
pub enum Argument {
    Number(i64),
    Bytes(Vec<u8>),
}

/// One element of a command's reply.
pub enum Reply {
    Nothing,
    Status(String),
    Number(i64),
    Bytes(Vec<u8>),
}

/// Every version has types of its own for the same arguments and replies.
macro_rules! translated {
    ($version:ident) => {
        impl From<$version::RedisParameter> for crate::redis::Argument {
            fn from(parameter: $version::RedisParameter) -> Self {
                match parameter {
                    $version::RedisParameter::Int64(number) => Self::Number(number),
                    $version::RedisParameter::Binary(bytes) => Self::Bytes(bytes),
                }
            }
        }

        impl From<crate::redis::Reply> for $version::RedisResult {
            fn from(reply: crate::redis::Reply) -> Self {
                match reply {
                    crate::redis::Reply::Nothing => Self::Nil,
                    crate::redis::Reply::Status(status) => Self::Status(status),
                    crate::redis::Reply::Number(number) => Self::Int64(number),
                    crate::redis::Reply::Bytes(bytes) => Self::Binary(bytes),
                }
            }
        }
    };
    ($version:ident with errors) => {
        translated!($version);

        impl From<crate::answer::Failure> for $version::Error {
            fn from(failure: crate::answer::Failure) -> Self {
                match failure.case.as_str() {
                    "invalid-address" => Self::InvalidAddress,
                    "too-many-connections" => Self::TooManyConnections,
                    "type-error" => Self::TypeError,
                    _ => Self::Other(failure.message),
                }
            }
        }
    };
}
