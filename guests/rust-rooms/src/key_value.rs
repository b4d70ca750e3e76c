//! Stores of keys and values, in every version that has no asynchronous functions.
use crate::query::Query;
use crate::{Outcome, nothing, told};
use fermyon::spin::key_value as v1;
use fermyon::spin2_0_0::key_value as v2;
use wasi::keyvalue::{atomics, batch, store as wasi_store};

wit_bindgen::generate!({
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/keyvalue-2024-10-17",
    ],
    generate_all,
    inline: "
        package atoll:guests;
        world rooms {
            import fermyon:spin/key-value;
            import fermyon:spin/key-value@2.0.0;
            import wasi:keyvalue/store@0.2.0-draft2;
            import wasi:keyvalue/atomics@0.2.0-draft2;
            import wasi:keyvalue/batch@0.2.0-draft2;
        }
    ",
});

pub fn done(version: &str, what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    match version {
        "v1" => first(what, query, &body),
        "v2" => second(what, query, &body),
        "wasi" => wasi(what, query, body),
        _ => Err(format!("there is no version {version}")),
    }
}

fn lines(keys: &[String]) -> Vec<u8> {
    let mut keys = keys.to_vec();
    keys.sort();
    keys.join("\n").into_bytes()
}

fn first(what: &str, query: &Query, body: &[u8]) -> Outcome {
    let key = query.text("key");
    let store = v1::open(&query.text("store")).map_err(|error| format!("{error:?}"))?;
    let outcome = match what {
        "get" => told(v1::get(store, &key)),
        "set" => nothing(v1::set(store, &key, body)),
        "delete" => nothing(v1::delete(store, &key)),
        "exists" => told(v1::exists(store, &key).map(|exists| exists.to_string())),
        "keys" => told(v1::get_keys(store).map(|keys| lines(&keys))),
        "closed" => {
            v1::close(store);
            told(v1::get(store, &key))
        }
        _ => Err(format!("there is no {what}")),
    };
    v1::close(store);
    outcome
}

fn second(what: &str, query: &Query, body: &[u8]) -> Outcome {
    let key = query.text("key");
    let open = || v2::Store::open(&query.text("store")).map_err(|error| format!("{error:?}"));
    let store = open()?;
    match what {
        "get" => store.get(&key).map_err(|error| format!("{error:?}")),
        "set" => nothing(store.set(&key, body)),
        "delete" => nothing(store.delete(&key)),
        "exists" => told(store.exists(&key).map(|exists| exists.to_string())),
        "keys" => told(store.get_keys().map(|keys| lines(&keys))),
        "set-get" => {
            store.set(&key, &vec![b'x'; query.number("size", 0) as usize]).map_err(|error| format!("{error:?}"))?;
            store.get(&key).map_err(|error| format!("{error:?}"))
        }
        "open-many" => {
            let open: Result<Vec<_>, _> = (0..query.number("count", 1)).map(|_| open()).collect();
            open.map(|open| Some(open.len().to_string().into_bytes()))
        }
        _ => Err(format!("there is no {what}")),
    }
}

fn wasi(what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    let key = query.text("key");
    let keys: Vec<String> = query.text("keys").split(',').map(Into::into).collect();
    let bucket = wasi_store::open(&query.text("store")).map_err(|error| format!("{error:?}"))?;
    match what {
        "get" => bucket.get(&key).map_err(|error| format!("{error:?}")),
        "set" => nothing(bucket.set(&key, &body)),
        "delete" => nothing(bucket.delete(&key)),
        "exists" => told(bucket.exists(&key).map(|exists| exists.to_string())),
        "keys" => told(bucket.list_keys(None).map(|answer| lines(&answer.keys))),
        "increment" => told(atomics::increment(&bucket, &key, query.text("delta").parse().unwrap()).map(|sum| sum.to_string())),
        "swap" => swap(&bucket, &key, query, &body),
        "set-many" => {
            let items: Vec<_> = keys.into_iter().map(|key| (key, body.clone())).collect();
            nothing(batch::set_many(&bucket, &items))
        }
        "get-many" => told(batch::get_many(&bucket, &keys).map(|found| format!("{found:?}"))),
        "delete-many" => nothing(batch::delete_many(&bucket, &keys)),
        _ => Err(format!("there is no {what}")),
    }
}

/// With `between`, somebody else changes the value after it was seen.
fn swap(bucket: &wasi_store::Bucket, key: &str, query: &Query, body: &[u8]) -> Outcome {
    let seen = atomics::Cas::new(bucket, key).map_err(|error| format!("{error:?}"))?;
    let before = seen.current().map_err(|error| format!("{error:?}"))?;
    let between = query.text("between");
    if !between.is_empty() {
        bucket.set(key, between.as_bytes()).map_err(|error| format!("{error:?}"))?;
    }
    match atomics::swap(seen, body) {
        Ok(()) => Ok(Some(format!("swapped {before:?}").into_bytes())),
        Err(atomics::CasError::CasFailed(now)) => {
            Ok(Some(format!("kept {:?}", now.current().map_err(|error| format!("{error:?}"))?).into_bytes()))
        }
        Err(atomics::CasError::StoreError(error)) => Err(format!("{error:?}")),
    }
}
