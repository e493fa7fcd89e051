//! SOCKS5 (RFC 1928), with name and password (RFC 1929) where they are given.

use std::net::{IpAddr, SocketAddr};

use tokio_socks::tcp::Socks5Stream;
use tokio_socks::{Error as Fault, IntoTargetAddr, TargetAddr};

use super::super::wire::Wire;
use super::Ways;
use super::tunnel::broken;
use crate::error::{Error, Kind, Phase};
use crate::key::Origin;
use crate::key::proxy::{Proxy, authority};

/// What a domain name may have, whose length is one byte.
const LONGEST_NAME: usize = 255;

/// The proxy looks the name up.
pub(super) async fn by_name(wire: Wire, proxy: &Proxy, origin: &Origin) -> Result<Wire, Error> {
    let target = match origin.host.parse::<IpAddr>() {
        Ok(ip) => TargetAddr::Ip(SocketAddr::new(ip, origin.port)),
        Err(_) if origin.host.len() > LONGEST_NAME => {
            return Err(Error::new(Kind::ProxyRefused, Phase::Proxy, "the name is too long for SOCKS5"));
        }
        Err(_) => TargetAddr::Domain(origin.host.as_ref().to_owned().into(), origin.port),
    };
    let named = authority(&origin.host, origin.port);
    ask(wire, proxy, target).await.map_err(|fault| explained(&fault, &named))
}

/// The name was looked up here. Addresses that the proxy cannot reach give way to the next one, each by a connection of
/// its own: a proxy ends one that it could not use.
pub(super) async fn by_address(proxy: &Proxy, ways: &impl Ways) -> Result<Wire, Error> {
    let mut failures = Vec::new();
    for address in ways.look_up().await? {
        match ask(ways.reach().await?, proxy, TargetAddr::Ip(address)).await {
            Ok(wire) => return Ok(wire),
            Err(fault) => {
                failures.push(explained(&fault, &address.to_string()));
                if !is_of_the_address(&fault) {
                    break;
                }
            }
        }
    }
    let Some(last) = failures.pop() else {
        return Err(Error::new(Kind::Internal, Phase::Proxy, "a name without addresses"));
    };
    if failures.is_empty() {
        return Err(last);
    }
    failures.push(last.clone());
    Err(last.with(|facts| facts.causes = failures))
}

async fn ask(wire: Wire, proxy: &Proxy, target: impl IntoTargetAddr<'_>) -> Result<Wire, Fault> {
    let stream = match &proxy.credentials {
        Some(own) => {
            Socks5Stream::connect_with_password_and_socket(wire, target, &own.user, &own.password).await
        }
        None => Socks5Stream::connect_with_socket(wire, target).await,
    };
    stream.map(Socks5Stream::into_inner)
}

fn is_of_the_address(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::GeneralSocksServerFailure
            | Fault::NetworkUnreachable
            | Fault::HostUnreachable
            | Fault::ConnectionRefused
            | Fault::TtlExpired
            | Fault::AddressTypeNotSupported
    )
}

fn explained(fault: &Fault, target: &str) -> Error {
    let kind = match fault {
        Fault::Io(error) => return broken(error, "read"),
        Fault::PasswordAuthFailure(_) | Fault::NoAcceptableAuthMethods | Fault::AuthorizationRequired => {
            let message = format!("it wants credentials, or others than it was given, to {target}");
            return Error::new(Kind::ProxyAuth, Phase::Proxy, message);
        }
        Fault::GeneralSocksServerFailure => "general failure",
        Fault::ConnectionNotAllowedByRuleset => "not allowed",
        Fault::NetworkUnreachable => "the network is unreachable",
        Fault::HostUnreachable => "the host is unreachable",
        Fault::ConnectionRefused => "the connection was refused",
        Fault::TtlExpired => "the time to live has passed",
        Fault::CommandNotSupported => "CONNECT is not supported",
        Fault::AddressTypeNotSupported => "this kind of address is not supported",
        _ => {
            return Error::new(Kind::ProxyReply, Phase::Proxy, "what it sent is no reply in SOCKS5");
        }
    };
    Error::new(Kind::ProxyRefused, Phase::Proxy, format!("it made no connection to {target}: {kind}"))
}
