//! `wasi:cli/run` of either version: a command from its first to its last instruction.

use crate::limits::Exceeded;
use crate::meter::Metered;
use crate::observe::Failure;
use crate::sandbox::{Call, Handler, Sandbox};
use std::sync::Arc;
use std::time::Instant;
use wasmtime_wasi::I32Exit;

/// Run the command; its exit code, or how it failed.
pub async fn run(sandbox: Arc<Sandbox>, call: Call, deadline: Option<Instant>) -> Result<i32, Failure> {
    let usage = call.usage.clone();
    let run = Box::pin(started(sandbox, call));
    // A command without a deadline runs as long as its user lets it.
    let far = || Instant::now() + std::time::Duration::from_secs(u64::from(u32::MAX));
    let ended = Metered::new(run, usage.clone(), deadline.unwrap_or_else(far)).await;
    match ended {
        Ok(()) => Ok(0),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => Ok(exit.0),
            None if usage.exceeded() == Some(Exceeded::Deadline) => Err(Failure::exceeded(Exceeded::Deadline, &usage)),
            None => Err(Failure::of(&error, &usage)),
        },
    }
}

async fn started(sandbox: Arc<Sandbox>, call: Call) -> wasmtime::Result<()> {
    let mut store = sandbox.store(call)?;
    let ended = match &sandbox.handler {
        Handler::Command02(pre) => {
            let guest = pre.instantiate_async(&mut store).await?;
            guest.wasi_cli_run().call_run(&mut store).await?
        }
        Handler::Command03(pre) => {
            let guest = pre.instantiate_async(&mut store).await?;
            store.run_concurrent(async |accessor| guest.wasi_cli_run().call_run(accessor).await).await??
        }
        _ => return Err(wasmtime::Error::msg("not a command")),
    };
    // A command that returns an error without a code has failed: exit code 1, as a shell would say.
    ended.map_err(|()| I32Exit(1).into())
}
