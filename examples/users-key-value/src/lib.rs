//! Users as JSON: one key each, `user:` and their number.
mod users;

use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{IntoResponse, Method, Request, Response};
use spin_sdk::http_service;
use users::{New, Users};

type Answer = anyhow::Result<Response<String>>;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    match answered(request).await {
        Ok(response) => response,
        Err(error) => {
            eprintln!("{error:#}");
            told(500, &failed("the store failed")).unwrap_or_default()
        }
    }
}

async fn answered(request: Request) -> Answer {
    let users = Users::open().await?;
    let path = request.uri().path().trim_matches('/').to_owned();
    let id = path.strip_prefix("users").unwrap_or_default().trim_start_matches('/');
    match (request.method(), id) {
        (&Method::GET, "") => told(200, &users.all().await?),
        (&Method::POST, "") => created(&users, &request.into_body().bytes().await?).await,
        (&Method::GET, id) => match users.find(id).await? {
            Some(user) => told(200, &user),
            None => missing(id),
        },
        (&Method::DELETE, id) => match users.remove(id).await? {
            true => Ok(Response::builder().status(204).body(String::new())?),
            false => missing(id),
        },
        _ => told(404, &failed("there is /users and /users/ID")),
    }
}

async fn created(users: &Users, body: &[u8]) -> Answer {
    let Ok(new) = serde_json::from_slice::<New>(body) else {
        return told(400, &failed("send an object with a `name`, and an `email` if there is one"));
    };
    let user = users.add(new).await?;
    let mut response = told(201, &user)?;
    response.headers_mut().insert("location", format!("/users/{}", user.id).parse()?);
    Ok(response)
}

fn missing(id: &str) -> Answer {
    told(404, &failed(&format!("there is no user {id}")))
}

fn failed(why: &str) -> serde_json::Value {
    serde_json::json!({ "error": why })
}

fn told(status: u16, value: &impl serde::Serialize) -> Answer {
    let body = serde_json::to_string(value)?;
    Ok(Response::builder().status(status).header("content-type", "application/json").body(body)?)
}
