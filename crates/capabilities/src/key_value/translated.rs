//! Two versions of the interface have types of their own for the same errors.

macro_rules! translated {
    ($version:ident) => {
        impl From<Error> for $version::Error {
            fn from(error: Error) -> Self {
                match error {
                    Error::TableFull => Self::StoreTableFull,
                    Error::AccessDenied => Self::AccessDenied,
                    Error::NoSuchStore | Error::InvalidStore | Error::NoSuchKey => Self::NoSuchStore,
                    Error::Other(message) => Self::Other(message),
                }
            }
        }
    };
}
