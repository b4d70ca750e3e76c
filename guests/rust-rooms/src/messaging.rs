//! Messages to topics, under both names of the interface.
use crate::query::Query;
use crate::{Outcome, nothing};

wit_bindgen::generate!({
    path: ["../../wit/wasmcloud/deps/messaging@0.2.0-draft", "../../wit/wasmcloud/deps/wasmcloud-messaging@0.3.0"],
    generate_all,
    inline: "
        package atoll:guests;
        world messages {
            import wasi:messaging/producer@0.2.0-draft;
            import wasi:messaging/request-reply@0.2.0-draft;
            import wasmcloud:messaging/producer@0.3.0;
            import wasmcloud:messaging/request-reply@0.3.0;
        }
    ",
});

pub fn done(version: &str, what: &str, query: &Query, body: &[u8]) -> Outcome {
    match version {
        "wasi" => as_wasi::done(what, query, body),
        "wasmcloud" => as_wasmcloud::done(what, query, body),
        _ => Err(format!("there is no version {version}")),
    }
}

macro_rules! version {
    ($name:ident, $package:ident) => {
        mod $name {
            use super::$package::messaging::types::{Client, Message};
            use super::$package::messaging::{producer, request_reply};
            use super::{Outcome, Query, nothing};

            pub fn done(what: &str, query: &Query, body: &[u8]) -> Outcome {
                let topic = query.text("topic");
                let client = Client::connect(&query.text("broker")).map_err(|error| format!("{error:?}"))?;
                match what {
                    "send" => nothing(producer::send(&client, &topic, message(query, body))),
                    "send-many" => nothing(
                        (0..query.number("count", 1))
                            .try_for_each(|number| producer::send(&client, &topic, Message::new(number.to_string().as_bytes()))),
                    ),
                    "request" => request(&client, &topic, query, body),
                    "reply" => nothing(request_reply::reply(&message(query, body), message(query, body))),
                    "disconnected" => {
                        client.disconnect().map_err(|error| format!("{error:?}"))?;
                        nothing(producer::send(&client, &topic, message(query, body)))
                    }
                    "hold" => {
                        let size = query.number("size", 0) as usize;
                        let held: Vec<_> = (0..query.number("count", 1)).map(|_| Message::new(&vec![b'x'; size])).collect();
                        Ok(Some(held.len().to_string().into_bytes()))
                    }
                    _ => Err(format!("there is no {what}")),
                }
            }

            /// `metadata=a:1,b:2`
            fn message(query: &Query, body: &[u8]) -> Message {
                let message = Message::new(body);
                let (content_type, metadata) = (query.text("type"), query.text("metadata"));
                if !content_type.is_empty() {
                    message.set_content_type(&content_type);
                }
                for (key, value) in metadata.split(',').filter_map(|pair| pair.split_once(':')) {
                    message.add_metadata(key, value);
                }
                message
            }

            fn request(client: &Client, topic: &str, query: &Query, body: &[u8]) -> Outcome {
                let options = request_reply::RequestOptions::new();
                options.set_expected_replies(query.number("replies", 1) as u32);
                if let wait @ 1.. = query.number("wait", 0) {
                    options.set_timeout_ms(wait as u32);
                }
                let replies = request_reply::request(client, topic, &message(query, body), Some(options));
                let replies = replies.map_err(|error| format!("{error:?}"))?;
                let told = |reply: &Message| {
                    let data = String::from_utf8_lossy(&reply.data()).into_owned();
                    format!("{data} {:?} {:?}", reply.content_type(), reply.metadata())
                };
                Ok(Some(replies.iter().map(told).collect::<Vec<_>>().join("\n").into_bytes()))
            }
        }
    };
}

version!(as_wasi, wasi);
version!(as_wasmcloud, wasmcloud);
