//! The practical limit: hyper's own connections with nothing around them, one thread, no JavaScript.
//!
//! It is told what to do as the benchmark's other clients are: a line of JSON for an order, a line for its answer.

mod connect;
mod load;

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

pub use connect::Place;
pub use load::Load;

use crate::launch::Failure;
use connect::Sender;

#[derive(Debug, Deserialize)]
#[serde(tag = "order", rename_all = "lowercase")]
enum Order {
    Open(Place),
    Load(Load),
    Close,
}

/// Obeys until standard input ends or it is told to close.
pub async fn obey() -> Result<(), Failure> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut senders = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let order = serde_json::from_str(&line)?;
        let last = matches!(order, Order::Close);
        let answer = match carry_out(order, &mut senders).await {
            Ok(result) => json!({ "result": result }),
            Err(why) => json!({ "error": why.to_string() }),
        };
        writeln!(io::stdout(), "{answer}")?;
        if last {
            break;
        }
    }
    Ok(())
}

async fn carry_out(order: Order, senders: &mut Vec<Sender>) -> Result<Value, Failure> {
    match order {
        Order::Open(place) => {
            senders.clear();
            for _ in 0..place.connections {
                senders.push(place.connect().await?);
            }
            Ok(json!({ "version": "1" }))
        }
        Order::Load(load) => load.run(senders).await,
        Order::Close => {
            senders.clear();
            Ok(Value::Null)
        }
    }
}
