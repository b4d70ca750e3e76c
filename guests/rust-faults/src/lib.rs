//! A handler that fails in a function of its own: the panic and the stack say where.
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Faults;

wasip2::http::proxy::export!(Faults);

impl wasip2::exports::http::incoming_handler::Guest for Faults {
    fn handle(request: IncomingRequest, _outparam: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        println!("{}", first(path.split_once('?').map(|(_, query)| query)));
    }
}

#[inline(never)]
fn first(query: Option<&str>) -> char {
    let query = query.expect("the request has a query"); // fails here
    query.chars().next().unwrap_or('?')
}
