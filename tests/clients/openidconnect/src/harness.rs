//! How a client's program talks with the harness: a line of JSON each way.

use std::io::{BufRead, Stdin, Write};

use serde_json::{Value, json};

pub(crate) type Error = Box<dyn std::error::Error>;

pub(crate) struct Harness {
    lines: Stdin,
    /// Where the tenant and the API are, and how this client is registered.
    pub(crate) setup: Value,
}

impl Harness {
    pub(crate) fn start() -> Result<Self, Error> {
        let lines = std::io::stdin();
        let setup = receive(&lines)?;
        Ok(Self { lines, setup })
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Error> {
        let text = self.setup[name].as_str();
        text.ok_or_else(|| format!("the setup has no {name}").into())
    }

    /// Asks the harness to do something that no client does: to be the user at the browser, to rotate keys, to break the tenant.
    pub(crate) fn ask(&self, what: &str, details: &Value) -> Result<Value, Error> {
        let mut message = details.clone();
        message["ask"] = what.into();
        send(&message)?;
        let answer = receive(&self.lines)?;
        match answer["error"].as_str() {
            Some(error) => Err(format!("{what}: {error}").into()),
            None => Ok(answer),
        }
    }

    /// Tells the harness how a case ended.
    pub(crate) fn report(&self, case: &str, ended: &Result<(), Error>) -> Result<(), Error> {
        match ended {
            Ok(()) => send(&json!({ "case": case })),
            Err(error) => send(&json!({ "case": case, "error": chain(error.as_ref()) })),
        }
    }
}

/// The error and what caused it.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn receive(lines: &Stdin) -> Result<Value, Error> {
    let mut line = String::new();
    lines.lock().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

pub(crate) fn send(message: &Value) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{message}")?;
    Ok(out.flush()?)
}
