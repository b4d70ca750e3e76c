//! `wasi:cli/run` of either version: a command from its first to its last instruction.

use crate::admit::Permit;
use crate::aside::Placed;
use crate::call::{Remains, Run};
use crate::meter::Metered;
use crate::observe::Failure;
use crate::sandbox::{Handler, Sandbox};
use crate::wasi::Call;
use std::sync::Arc;
use wasmtime_wasi::I32Exit;

/// Run the command, under `permit` where commands are counted; its exit code, or how it failed.
pub async fn run(sandbox: Arc<Sandbox>, call: Call, permit: Option<Permit>) -> Result<i32, Failure> {
    let usage = call.usage.clone();
    let run: Run = Box::pin(started(sandbox.clone(), call));
    let run = Metered::new(run, usage.clone()).sampled(sandbox.sampler());
    match Placed::new(run, sandbox, permit).await {
        Ok(_) => Ok(0),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => Ok(exit.0),
            None => Err(Failure::of(&error, &usage)),
        },
    }
}

async fn started(sandbox: Arc<Sandbox>, call: Call) -> wasmtime::Result<Remains> {
    let tape = call.tape.clone();
    let begins = || tape.iter().zip(sandbox.handler.kind()).for_each(|(tape, kind)| tape.begins(kind, Vec::new()));
    let mut store = sandbox.store(call)?;
    let ended = match &sandbox.handler {
        Handler::Command01(pre) => {
            let guest = pre.instantiate_async(&mut store).await?;
            store.data().started();
            guest.get_typed_func::<(), ()>(&mut store, "_start")?.call_async(&mut store, ()).await?;
            Ok(())
        }
        Handler::Command02(pre) => {
            let guest = pre.instantiate_async(&mut store).await?;
            store.data().started();
            begins();
            guest.wasi_cli_run().call_run(&mut store).await?
        }
        Handler::Command03(pre) => {
            let guest = pre.instantiate_async(&mut store).await?;
            store.data().started();
            begins();
            store.run_concurrent(async |accessor| guest.wasi_cli_run().call_run(accessor).await).await??
        }
        _ => return Err(wasmtime::Error::msg("not a command")),
    };
    // A command that returns an error without a code has failed: exit code 1, as a shell would say.
    ended.map(|()| None).map_err(|()| I32Exit(1).into())
}
