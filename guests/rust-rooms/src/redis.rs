//! Redis and MQTT, in the versions that have no asynchronous functions.
use crate::query::Query;
use crate::{Outcome, nothing, told};
use fermyon::spin::redis as v1;
use fermyon::spin2_0_0::mqtt::{Connection as Broker, Qos};
use fermyon::spin2_0_0::redis::{Connection, RedisParameter};

wit_bindgen::generate!({
    path: ["../../wit/spin/deps/spin@unversioned", "../../wit/spin/deps/spin@2.0.0"],
    generate_all,
    inline: "
        package atoll:guests;
        world servers {
            import fermyon:spin/redis;
            import fermyon:spin/redis@2.0.0;
            import fermyon:spin/mqtt@2.0.0;
        }
    ",
});

pub fn done(version: &str, what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    match version {
        "v1" => first(what, query, &body),
        "v2" => second(what, query, body),
        _ => Err(format!("there is no version {version}")),
    }
}

fn words(query: &Query) -> Vec<String> {
    query.text("words").split(',').map(Into::into).collect()
}

fn first(what: &str, query: &Query, body: &[u8]) -> Outcome {
    let (address, key) = (query.text("address"), query.text("key"));
    match what {
        "get" => told(v1::get(&address, &key)),
        "set" => nothing(v1::set(&address, &key, body)),
        "incr" => told(v1::incr(&address, &key).map(|sum| sum.to_string())),
        "del" => told(v1::del(&address, &words(query)).map(|count| count.to_string())),
        "sadd" => told(v1::sadd(&address, &key, &words(query)).map(|count| count.to_string())),
        "smembers" => told(v1::smembers(&address, &key).map(sorted)),
        "srem" => told(v1::srem(&address, &key, &words(query)).map(|count| count.to_string())),
        "publish" => nothing(v1::publish(&address, &key, body)),
        _ => Err(format!("there is no {what}")),
    }
}

fn second(what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    let key = query.text("key");
    let redis = Connection::open(&query.text("address")).map_err(|error| format!("{error:?}"))?;
    match what {
        "open" => Ok(Some(Vec::new())),
        "get" => redis.get(&key).map_err(|error| format!("{error:?}")),
        "set" => nothing(redis.set(&key, &body)),
        "times" => {
            for _ in 0..query.number("count", 1) {
                redis.get(&key).map_err(|error| format!("{error:?}"))?;
            }
            Ok(Some(Vec::new()))
        }
        "incr" => told(redis.incr(&key).map(|sum| sum.to_string())),
        "del" => told(redis.del(&words(query)).map(|count| count.to_string())),
        "sadd" => told(redis.sadd(&key, &words(query)).map(|count| count.to_string())),
        "smembers" => told(redis.smembers(&key).map(sorted)),
        "srem" => told(redis.srem(&key, &words(query)).map(|count| count.to_string())),
        "publish" => nothing(redis.publish(&key, &body)),
        "execute" => {
            let mut words = words(query).into_iter();
            let command = words.next().unwrap_or_default();
            let argument = |word: String| match word.parse() {
                Ok(number) => RedisParameter::Int64(number),
                Err(_) => RedisParameter::Binary(word.into_bytes()),
            };
            told(redis.execute(&command, &words.map(argument).collect::<Vec<_>>()).map(|replies| format!("{replies:?}")))
        }
        _ => Err(format!("there is no {what}")),
    }
}

fn sorted(mut members: Vec<String>) -> String {
    members.sort();
    members.join("\n")
}

pub fn publish(query: &Query, body: Vec<u8>) -> Outcome {
    let open = Broker::open(&query.text("address"), &query.text("username"), &query.text("password"), 30);
    let broker = open.map_err(|error| format!("{error:?}"))?;
    let qos = match query.number("qos", 0) {
        0 => Qos::AtMostOnce,
        1 => Qos::AtLeastOnce,
        _ => Qos::ExactlyOnce,
    };
    nothing(broker.publish(&query.text("topic"), &body, qos))
}
