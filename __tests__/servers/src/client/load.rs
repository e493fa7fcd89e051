//! A closed loop, measured as `benchmarks/child/load.js` measures it.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http::StatusCode;
use http_body::Body;
use hyper::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::connect::Sender;
use crate::control::cpu_micros;
use crate::launch::Failure;

/// So many lanes, each with one request in flight at a time, for so long.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    path: String,
    /// What is posted; without it, a GET.
    body: Option<String>,
    lanes: usize,
    seconds: f64,
    #[serde(default)]
    lead_in_ms: u64,
}

#[derive(Debug, Default)]
struct Course {
    over: AtomicBool,
    counting: AtomicBool,
    done: AtomicU64,
}

/// A lane: its connection, given back at the end, and what it saw.
struct Lane {
    sender: Sender,
    micros: Vec<f64>,
    errors: Vec<String>,
}

impl Load {
    pub(super) async fn run(&self, senders: &mut Vec<Sender>) -> Result<Value, Failure> {
        let course = Arc::new(Course::default());
        let mut running = JoinSet::new();
        for sender in self.spread(senders)? {
            running.spawn(lane(sender, self.request()?, Arc::clone(&course)));
        }
        sleep(Duration::from_millis(self.lead_in_ms)).await;
        course.counting.store(true, Relaxed);
        let (began, cpu) = (Instant::now(), cpu_micros());
        sleep(Duration::from_secs_f64(self.seconds)).await;
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_micros() - cpu);
        let requests = course.done.load(Relaxed);
        course.over.store(true, Relaxed);
        let (mut micros, mut errors) = (Vec::new(), BTreeMap::<String, u64>::new());
        while let Some(lane) = running.join_next().await {
            let lane = lane?;
            micros.extend(lane.micros);
            lane.errors.into_iter().for_each(|error| *errors.entry(error).or_default() += 1);
            senders.push(lane.sender);
        }
        Ok(figures(requests, seconds, cpu, micros, &errors))
    }

    /// Takes one for each lane, by turns.
    fn spread(&self, senders: &mut Vec<Sender>) -> Result<Vec<Sender>, Failure> {
        let mut taken = mem::take(senders);
        taken.truncate(self.lanes);
        let own = taken.len();
        for more in own..self.lanes {
            let shared = taken.get(more % own.max(1)).and_then(Sender::share);
            taken.push(shared.ok_or("there are fewer connections than lanes")?);
        }
        Ok(taken)
    }

    fn request(&self) -> Result<Request<String>, http::Error> {
        let request = Request::builder().uri(&self.path).header("host", "localhost");
        match &self.body {
            None => request.body(String::new()),
            Some(body) => {
                request.method("POST").header("content-type", "application/json").body(body.clone())
            }
        }
    }
}

async fn lane(sender: Sender, request: Request<String>, course: Arc<Course>) -> Lane {
    let mut lane = Lane { sender, micros: Vec::new(), errors: Vec::new() };
    while !course.over.load(Relaxed) {
        let began = Instant::now();
        let outcome = exchange(&mut lane.sender, request.clone()).await;
        if !course.counting.load(Relaxed) {
            continue;
        }
        match outcome {
            Ok(()) => {
                course.done.fetch_add(1, Relaxed);
            }
            Err(why) => lane.errors.push(why),
        }
        lane.micros.push(began.elapsed().as_secs_f64() * 1e6);
        if lane.errors.len() > lane.micros.len() / 2 + 100 {
            break;
        }
    }
    lane
}

/// Sends, and reads the reply to its end.
async fn exchange(sender: &mut Sender, request: Request<String>) -> Result<(), String> {
    let shown = |why: hyper::Error| why.to_string();
    let reply = sender.send(request).await.map_err(shown)?;
    if reply.status() != StatusCode::OK {
        return Err(format!("status {}", reply.status().as_u16()));
    }
    let mut body = reply.into_body();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        drop(frame.map_err(shown)?);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn figures(
    requests: u64,
    seconds: f64,
    cpu: u64,
    mut micros: Vec<f64>,
    errors: &BTreeMap<String, u64>,
) -> Value {
    micros.sort_by(f64::total_cmp);
    let at = |percent: usize| micros.get((micros.len() * percent / 100).min(micros.len().saturating_sub(1)));
    json!({
        "requests": requests, "seconds": seconds, "perSecond": requests as f64 / seconds,
        "threadMicros": null, "processMicros": cpu as f64 / requests.max(1) as f64, "waitShare": null,
        "latencyMicros": { "p50": at(50), "p95": at(95), "p99": at(99), "most": micros.last() },
        "loopDelayMillis": { "p50": null, "p99": null },
        "rssMegabytes": null, "peakMegabytes": peak_megabytes(), "errors": errors,
    })
}

/// The most that the process has held; `None` where the system does not tell.
fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes / 1024.0)
}
