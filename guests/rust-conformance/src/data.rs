//! Stores, variables, servers.
use crate::{Outcome, expect, said};
use fermyon::spin::{key_value, mqtt, redis, variables};

wit_bindgen::generate!({
    path: "../../wit/spin/deps/spin@2.0.0",
    generate_all,
    inline: "
        package atoll:guests;
        world data {
            import fermyon:spin/key-value@2.0.0;
            import fermyon:spin/mqtt@2.0.0;
            import fermyon:spin/redis@2.0.0;
            import fermyon:spin/variables@2.0.0;
        }
    ",
});

pub fn key_value() -> Outcome {
    expect(matches!(key_value::Store::open("forbidden"), Err(key_value::Error::AccessDenied)), "a label refused")?;
    let store = said(key_value::Store::open("default"))?;
    for key in said(store.get_keys())? {
        said(store.delete(&key))?;
    }
    expect(!said(store.exists("a"))? && said(store.get("a"))?.is_none(), "nothing at first")?;
    for value in ["first", "second"] {
        said(store.set("a", value.as_bytes()))?;
        expect(said(store.exists("a"))?, "a key that was set")?;
        expect(said(store.get("a"))?.as_deref() == Some(value.as_bytes()), "the value that was set last")?;
        expect(said(store.get_keys())? == ["a"], "one key")?;
    }
    said(store.set("b", b""))?;
    let mut keys = said(store.get_keys())?;
    keys.sort();
    expect(keys == ["a", "b"] && said(store.get("b"))? == Some(Vec::new()), "two keys, one of them empty")?;
    for key in ["a", "a", "b"] {
        said(store.delete(key))?;
    }
    expect(said(store.get_keys())?.is_empty() && !said(store.exists("a"))?, "nothing at last")
}

pub fn variables() -> Outcome {
    use variables::Error::{InvalidName, Undefined};
    expect(said(variables::get("variable"))? == "value", "the variable's value")?;
    expect(matches!(variables::get("non_existent"), Err(Undefined(_))), "an unknown name as undefined")?;
    for name in ["invalid-name", "invalid!name", "4invalidname"] {
        expect(matches!(variables::get(name), Err(InvalidName(_))), "a name that is none as invalid")?;
    }
    Ok(())
}

pub fn redis(address: &str) -> Outcome {
    let connection = said(redis::Connection::open(address))?;
    said(connection.set("conformance-text", b"first"))?;
    expect(said(connection.get("conformance-text"))? == Some(b"first".to_vec()), "the value that was set")?;
    said(connection.set("conformance-number", b"41"))?;
    expect(said(connection.incr("conformance-number"))? == 42, "one more")?;
    let keys = ["conformance-text".to_owned(), "conformance-number".to_owned()];
    expect(said(connection.del(&keys))? == 2, "two keys deleted")?;
    let word = |word: &str| redis::RedisParameter::Binary(word.as_bytes().to_vec());
    said(connection.execute("set", &[word("conformance"), word("first")]))?;
    said(connection.execute("append", &[word("conformance"), word(" and second")]))?;
    let reply = said(connection.execute("get", &[word("conformance")]))?;
    expect(matches!(&reply[..], [redis::RedisResult::Binary(bytes)] if bytes == b"first and second"), "what was appended")
}

pub fn mqtt(address: &str, username: &str, password: &str) -> Outcome {
    let connection = said(mqtt::Connection::open(address, username, password, 30))?;
    said(connection.publish("telemetry-topic", b"measured", mqtt::Qos::AtLeastOnce))
}
