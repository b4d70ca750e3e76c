//! The wagi executor: a request as a CGI call of a command.

use crate::dispatch::Dispatcher;
use atoll_engine::Sandbox;
use atoll_engine::call::{Calls, NoAnswer, command};
use atoll_engine::limits::Exceeded;
use atoll_engine::meter::Usage;
use atoll_engine::observe::Failure;
use atoll_engine::recording::Tape;
use atoll_engine::settle::{Answer, Report};
use atoll_engine::trace::{CallTrace, Current};
use atoll_engine::wasi::{Call, Stdio};
use bytes::Bytes;
use http::Response;
use std::sync::Arc;
use std::time::Instant;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

/// One CGI call.
pub(crate) struct Cgi {
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) number: u64,
    /// None where calls are not recorded.
    pub(crate) tape: Option<Arc<Tape>>,
    /// None where traces are off.
    pub(crate) trace: Option<Arc<CallTrace>>,
}

impl Dispatcher {
    /// Run the command and read its output as a response.
    pub(crate) async fn wagi(&self, sandbox: &Arc<Sandbox>, cgi: Cgi) -> Result<Response<Answer>, NoAnswer> {
        let calls: &Calls = &self.calls;
        let deadline = Instant::now() + sandbox.limits.deadline();
        let permit = sandbox.enter(calls, deadline).await.map_err(NoAnswer::Refused)?;
        let usage = Usage::new(sandbox.limits.clone(), Some(deadline));
        let report = Report::new(sandbox.clone(), cgi.number, usage.clone(), calls.observer.clone());
        let report = report.traced(cgi.trace.clone()).recorded(cgi.tape.clone());
        let most = usize::try_from(sandbox.limits.response_bytes).unwrap_or(usize::MAX);
        let output = MemoryOutputPipe::new(most);
        let stdio = Stdio::Piped(MemoryInputPipe::new(cgi.body), output.clone(), calls.lines.clone(), cgi.number);
        let trace = cgi.trace.map(Current::of);
        let call = Call { usage: usage.clone(), stdio, args: cgi.args, env: cgi.env, depth: 0, trace, tape: cgi.tape };
        if let Err(failure) = command::run(sandbox.clone(), call, Some(permit)).await {
            return Err(NoAnswer::Failed(report.fail(blamed(failure, &output, most, &usage))));
        }
        let output = output.contents();
        let read = atoll_rules::wagi::respond(&output);
        report.answered(read.status);
        report.succeed();
        let mut response = Response::new(Answer::of(Bytes::copy_from_slice(read.body)));
        *response.status_mut() = read.status;
        *response.headers_mut() = read.headers;
        Ok(response)
    }
}

/// A pipe that is full ends the guest: then the response was too large.
fn blamed(failure: Failure, output: &MemoryOutputPipe, most: usize, usage: &Usage) -> Failure {
    if output.contents().len() >= most { Failure::exceeded(Exceeded::ResponseBytes, usage) } else { failure }
}
