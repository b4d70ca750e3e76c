//! The versions of the interface have types of their own for the same things.

macro_rules! translated {
    ($version:ident) => {
        impl From<Failure> for $version::Error {
            fn from(failure: Failure) -> Self {
                match failure.case.as_str() {
                    "invalid-address" => Self::InvalidAddress,
                    "too-many-connections" => Self::TooManyConnections,
                    "connection-failed" => Self::ConnectionFailed(failure.message),
                    _ => Self::Other(failure.message),
                }
            }
        }

        fn level(qos: $version::Qos) -> u8 {
            match qos {
                $version::Qos::AtMostOnce => 0,
                $version::Qos::AtLeastOnce => 1,
                $version::Qos::ExactlyOnce => 2,
            }
        }
    };
}
