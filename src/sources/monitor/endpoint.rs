//! The address of a monitor.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::MonitorError;
use crate::text::Printable;

/// A monitor's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port of this machine, as an SSH forward gives.
    Tcp(SocketAddr),
}

impl Endpoint {
    /// Parses an argument: `host:port` with a host that is this machine, else a path (also
    /// `unix:PATH`, as QEMU writes it).
    ///
    /// # Errors
    /// When the host is another machine (a monitor has neither password nor encryption), when its
    /// port is invalid, and when the argument is empty.
    pub fn parse(text: &str) -> Result<Self, MonitorError> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        if matches!(text, "" | "unix:" | "tcp:") {
            return Err(MonitorError::Nameless);
        }
        let bare = text.strip_prefix("tcp:").unwrap_or(text);
        let port = bare.rsplit_once(':').filter(|_| !bare.contains('/'));
        let Some((host, port)) = port else { return Ok(Self::Unix(text.into())) };
        if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Unix(text.into()));
        }
        let number = port.parse::<u16>().ok().filter(|port| *port != 0);
        let Some(port) = number else { return Err(MonitorError::NoPort(port.to_owned())) };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let address: Option<IpAddr> = match host {
            "" | "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
            host => host.parse().ok(),
        };
        match address.filter(IpAddr::is_loopback) {
            Some(address) => Ok(Self::Tcp(SocketAddr::new(address, port))),
            None => Err(MonitorError::NotHere(host.to_owned())),
        }
    }
}

/// Formats the endpoint as it was named; safe to print.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => Printable::new(&path.to_string_lossy()).fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to() {
        for (text, want) in [
            ("/run/x.sock", Some("/run/x.sock")),
            ("x.sock", Some("x.sock")),
            ("unix:/a:1", Some("/a:1")),
            ("/a/b:12", Some("/a/b:12")),
            ("localhost:4444", Some("127.0.0.1:4444")),
            (":4444", Some("127.0.0.1:4444")),
            ("tcp:127.0.0.2:1", Some("127.0.0.2:1")),
            ("[::1]:5", Some("[::1]:5")),
            ("10.0.0.1:4444", None),
            ("example.org:4444", None),
            ("localhost:99999", None),
            ("localhost:0", None),
            ("./localhost:99999", Some("./localhost:99999")),
            ("vm:monitor", Some("vm:monitor")),
            ("", None),
            ("unix:", None),
        ] {
            let got = Endpoint::parse(text).ok().map(|endpoint| endpoint.to_string());
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }
}
