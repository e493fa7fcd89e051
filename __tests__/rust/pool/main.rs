//! The pool core under a made-up clock.

#[cfg(test)]
mod abandoning;
#[cfg(test)]
mod blocked;
#[cfg(test)]
mod cancellation;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod dialling;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod idle;
#[cfg(test)]
mod learning;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod model;
#[cfg(test)]
mod own_limits;
#[cfg(test)]
mod preconnect;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod replacing;
#[cfg(test)]
mod rerouting;
#[cfg(test)]
mod retirement;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod warm;
