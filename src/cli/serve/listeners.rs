//! The addresses that a server listens on: none is used twice, and one that is in use is reported with the setting that
//! names it.

use std::fmt;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use super::super::Failure;

/// Maximum number of connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// An address with the setting that named it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListenAddress {
    /// The option, without the dashes; the key of the configuration is called alike.
    option: &'static str,
    address: SocketAddr,
    origin: Origin,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    Option,
    Configuration,
    Default,
}

/// A setting for an address, which an option or the configuration may give.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    option: &'static str,
    configured: Option<(SocketAddr, Origin)>,
}

impl Setting {
    /// The address of the option, else that of the configuration.
    pub(super) fn of(
        option: &'static str,
        from_option: Option<SocketAddr>,
        configured: Option<SocketAddr>,
    ) -> Self {
        let from_option = from_option.map(|address| (address, Origin::Option));
        let configured = configured.map(|address| (address, Origin::Configuration));
        Self {
            option,
            configured: from_option.or(configured),
        }
    }

    pub(super) fn or(self, default: SocketAddr) -> ListenAddress {
        let (address, origin) = self.configured.unwrap_or((default, Origin::Default));
        ListenAddress {
            option: self.option,
            address,
            origin,
        }
    }

    pub(super) fn named(self) -> Option<ListenAddress> {
        let (address, _) = self.configured?;
        Some(self.or(address))
    }
}

impl ListenAddress {
    /// Takes the address, so that one in use is known before the work.
    pub(super) fn bind(self) -> Result<Bound, Failure> {
        let bound = || {
            let socket = match self.address {
                SocketAddr::V4(_) => TcpSocket::new_v4()?,
                SocketAddr::V6(_) => TcpSocket::new_v6()?,
            };
            // A port whose last connections are still fading may be taken again at once.
            socket.set_reuseaddr(true)?;
            socket.bind(self.address)?;
            Ok(socket)
        };
        let socket = bound().map_err(|error: std::io::Error| self.in_use(&error))?;
        Ok(Bound {
            place: self,
            socket,
        })
    }

    fn in_use(self, error: &std::io::Error) -> String {
        format!(
            "{} cannot be listened on: {error}; choose another with --{} HOST:PORT",
            self.address, self.option
        )
    }

    /// Whether one of the two addresses takes the connections that are meant for the other.
    fn meets(self, other: Self) -> bool {
        let (one, two) = (self.address, other.address);
        let is_any = one.ip().is_unspecified() || two.ip().is_unspecified();
        one.port() == two.port() && one.port() != 0 && (one.ip() == two.ip() || is_any)
    }
}

/// `--listen`, `listen in the configuration` or `the default of --listen`.
impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Option => write!(f, "--{}", self.option),
            Origin::Configuration => write!(f, "{} in the configuration", self.option),
            Origin::Default => write!(f, "the default of --{}", self.option),
        }
    }
}

/// An address that is taken and not listened on yet.
pub(super) struct Bound {
    place: ListenAddress,
    socket: TcpSocket,
}

impl Bound {
    pub(super) fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    pub(super) fn listen(self) -> Result<TcpListener, Failure> {
        let place = self.place;
        let listener = self.socket.listen(BACKLOG);
        listener.map_err(|error| place.in_use(&error).into())
    }
}

/// Refuses two settings that name one address.
pub(super) fn refuse_twice(places: &[ListenAddress]) -> Result<(), Failure> {
    for (at, one) in places.iter().enumerate() {
        let others = places.iter().skip(at + 1);
        if let Some(other) = others.copied().find(|other| one.meets(*other)) {
            let addresses = match one.address == other.address {
                true => format!("both name {}", one.address),
                false => format!("name {} and {}, which meet", one.address, other.address),
            };
            return Err(format!(
                "expected an address of its own for each listener; {one} and {other} {addresses}; give one of them another \
                 port, such as --{} {}",
                other.option,
                SocketAddr::new(other.address.ip(), free_port(places))
            )
            .into());
        }
    }
    Ok(())
}

/// A port that none of the settings names.
fn free_port(places: &[ListenAddress]) -> u16 {
    let is_free = |port: &u16| places.iter().all(|place| place.address.port() != *port);
    (8081..).find(is_free).unwrap_or(8081)
}

#[cfg(test)]
mod tests {
    use super::{ListenAddress, Setting, refuse_twice};

    fn place(option: &'static str, address: &str) -> ListenAddress {
        let address = address.parse().expect("an address");
        Setting::of(option, Some(address), None).or(address)
    }

    #[test]
    fn addresses_that_meet_are_refused_with_both_settings() {
        for (one, other) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("127.0.0.1:8080", "[::]:8080"),
        ] {
            let places = [place("listen", one), place("api", other)];
            let message = refuse_twice(&places).expect_err(one).to_string();
            assert!(message.contains("--listen and --api"), "{message}");
        }
        for (one, other) in [
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("127.0.0.1:8080", "127.0.0.1:8081"),
            ("127.0.0.1:8080", "127.0.0.2:8080"),
        ] {
            let places = [place("listen", one), place("api", other)];
            assert!(refuse_twice(&places).is_ok(), "{one} {other}");
        }
    }
}
