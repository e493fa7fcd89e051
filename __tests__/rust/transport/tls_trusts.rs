//! Which configurations are kept, and what it takes to find one.

use std::cell::Cell;
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rag_connection_pool::key::TrustId;
use rag_connection_pool::transport::io::TlsVersion;
use rag_connection_pool::transport::tls::trusts::Table;
use rag_connection_pool::transport::tls::{Identity, TlsOptions, Trusts};
use rustls::pki_types::CertificateDer;

/// As many as an application may come to that names a new one for each of its users.
const MANY: u32 = 2_000;

/// A key that counts how often it is compared.
#[derive(Clone, Debug)]
struct Counting {
    key: u32,
    compared: Rc<Cell<u32>>,
}

impl PartialEq for Counting {
    fn eq(&self, other: &Self) -> bool {
        self.compared.set(self.compared.get() + 1);
        self.key == other.key
    }
}

impl Eq for Counting {}

impl Hash for Counting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

fn intern<K: Eq + Hash>(table: &Table<K, u32>, key: K) -> TrustId {
    let made: Result<TrustId, Infallible> = table.intern(key, |_| Ok(0));
    made.unwrap()
}

#[test]
fn one_among_many_is_found_without_a_look_at_the_others() {
    let table = Table::default();
    let compared = Rc::new(Cell::new(0));
    let counting = |key| Counting { key, compared: Rc::clone(&compared) };
    let ids: Vec<_> = (0..MANY).map(|key| intern(&table, counting(key))).collect();
    compared.set(0);
    for (key, id) in (0..MANY).zip(&ids) {
        assert_eq!(table.held(&counting(key)).as_ref(), Some(id));
    }
    // With itself, and here and there with one whose hash begins alike.
    assert!(compared.get() < MANY + MANY / 10, "{} comparisons for {MANY} look-ups", compared.get());
}

#[test]
fn what_nobody_holds_is_forgotten_when_others_come() {
    let table = Table::default();
    let ids: Vec<_> = (0..MANY).map(|key| intern(&table, key)).collect();
    assert_eq!(table.kept(), MANY as usize);
    drop(ids);
    let held = intern(&table, 7);
    for key in MANY..2 * MANY {
        drop(intern(&table, key));
    }
    assert!(table.kept() <= 64 + 1, "{} are kept", table.kept());
    assert_eq!((table.held(&7), table.get(&held).is_some()), (Some(held), true));
    let again = intern(&table, 8);
    assert!(table.get(&again).is_some());
}

#[test]
fn who_asks_again_before_it_is_forgotten_has_the_same() {
    let table = Table::default();
    let first = intern(&table, 1);
    let value = table.get(&first).unwrap();
    let number = format!("{first:?}");
    drop(first);
    assert_eq!(table.held(&1), None);
    let again = intern(&table, 1);
    assert!(Arc::ptr_eq(&value, &table.get(&again).unwrap()));
    assert_eq!(format!("{again:?}"), number);
}

#[test]
fn while_one_is_made_others_are_had() {
    let table = Table::default();
    let held = intern(&table, 1);
    let (tell, told) = channel();
    thread::scope(|scope| {
        let made: Result<TrustId, RecvTimeoutError> = table.intern(2, |_| {
            scope.spawn(|| tell.send((table.get(&held), table.held(&1), intern(&table, 3))));
            told.recv_timeout(Duration::from_secs(10)).map(|_| 0)
        });
        assert!(made.is_ok_and(|id| table.get(&id).is_some()));
    });
}

#[test]
fn of_two_who_make_the_same_the_first_to_be_done_is_kept() {
    let table = Table::default();
    let mut first = None;
    let made: Result<TrustId, Infallible> = table.intern(1, |_| {
        first = Some(intern(&table, 1));
        Ok(7)
    });
    let (made, first) = (made.unwrap(), first.unwrap());
    assert_eq!((&made, *table.get(&made).unwrap(), table.kept()), (&first, 0, 1));
}

#[test]
fn no_id_is_given_twice() {
    let table = Table::default();
    let numbers: std::collections::HashSet<_> =
        (0..MANY).map(|key| format!("{:?}", intern(&table, key))).collect();
    assert_eq!(numbers.len(), MANY as usize);
}

#[test]
fn all_that_can_differ_makes_another_configuration() {
    let certificate = |byte| CertificateDer::from(vec![byte]);
    let plain = || TlsOptions::new(Arc::new([]));
    let identity = |byte, key| Some(Identity { chain: vec![certificate(byte)], key: vec![key] });
    let differing = [
        plain(),
        TlsOptions { ca: Some(Vec::new()), ..plain() },
        TlsOptions { ca: Some(vec![certificate(1)]), ..plain() },
        TlsOptions { reject_unauthorized: false, ..plain() },
        TlsOptions { check_name: false, ..plain() },
        TlsOptions { min_version: TlsVersion::V1_3, ..plain() },
        TlsOptions { max_version: TlsVersion::V1_2, ..plain() },
        TlsOptions { alpn: vec![b"h2".to_vec()], ..plain() },
        TlsOptions { pins: vec![[1; 32]], ..plain() },
        TlsOptions { key_log: true, ..plain() },
        TlsOptions { identity: identity(1, 1), ..plain() },
        TlsOptions { identity: identity(1, 2), ..plain() },
        TlsOptions { identity: identity(2, 1), ..plain() },
        // Not told apart by their hash.
        TlsOptions::new(Arc::new([certificate(1)])),
        TlsOptions::new(Arc::new([certificate(2)])),
    ];
    let table = Table::default();
    let ids: Vec<_> = differing.iter().map(|options| intern(&table, options.clone())).collect();
    for (at, (id, options)) in ids.iter().zip(&differing).enumerate() {
        assert_eq!(table.held(options).as_ref(), Some(id), "{at}");
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{at}");
    }
}

#[test]
fn configurations_go_with_their_last_id() {
    let trusts = Trusts::new();
    let pinned = |number: u32| {
        let mut pin = [0; 32];
        pin[..4].copy_from_slice(&number.to_be_bytes());
        TlsOptions { pins: vec![pin], ..TlsOptions::new(Arc::new([])) }
    };
    for number in 0..MANY {
        drop(trusts.intern(pinned(number)).unwrap());
    }
    assert!(trusts.kept() <= 64, "{} are kept", trusts.kept());
}
