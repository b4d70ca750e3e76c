//! Asks the catalogue what the path says, such as `/find?name=lamp`, and answers with what it was told.
#[path = "../../rust-kitchen/src/query.rs"]
mod query;
#[path = "../../rust-kitchen/src/reply.rs"]
mod reply;

use acme::shop::catalogue::{self, Basket, Colour, Item, Offers, Query as Wanted, Size};
use query::Query;
use reply::{Reply, body_of};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

wit_bindgen::generate!({ path: "wit", world: "shop" });

struct Shop;

wasip2::http::proxy::export!(Shop);

impl wasip2::exports::http::incoming_handler::Guest for Shop {
    fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, rest) = target.split_once('?').unwrap_or((&target, ""));
        let query = Query::parse(rest);
        let body = body_of(request);
        let answer = match path {
            "/all" => format!("{:?}", catalogue::find(&Wanted::All)),
            "/find" => format!("{:?}", catalogue::find(&Wanted::ByName(query.text("name").into()))),
            "/cheaper" => format!("{:?}", catalogue::find(&Wanted::CheaperThan(query.number("than", 0) as f64))),
            "/put" => format!("{:?}", catalogue::put(&lamp())),
            "/picture" => String::from_utf8_lossy(&catalogue::picture(&body)).into_owned(),
            "/nested" => format!("{:?}", [None, Some(None), Some(Some(7))].map(catalogue::nested)),
            "/fits" => format!("{:?}", catalogue::fits(Size { width: query.number("width", 0) as u32, height: 1 })),
            "/basket" => basket(),
            "/baskets" => baskets(query.number("count", 0)),
            _ => format!("there is no {path}"),
        };
        let mut reply = Reply::start(outparam, 200);
        reply.write(answer.as_bytes());
        reply.finish(None);
    }
}

fn lamp() -> Item {
    Item {
        name: "lamp".into(),
        price: 9.5,
        colour: Colour::DarkBlue,
        offers: Offers::DISCOUNTED | Offers::LAST_ONE,
        size: Some(Size { width: 2, height: 3 }),
        tags: vec!["light".into(), "home".into()],
    }
}

fn basket() -> String {
    let (one, other) = (Basket::new("anna"), Basket::new("ben"));
    let added = [one.add("lamp"), other.add("chair"), other.add("ghost")];
    let merged = Basket::merge(one, &other);
    format!("{added:?} {} {:?} {}", merged.owner(), merged.add("rug"), other.owner())
}

/// Holds so many of them at the same time.
fn baskets(count: u64) -> String {
    let held: Vec<_> = (0..count).map(|number| Basket::new(&number.to_string())).collect();
    held.len().to_string()
}
