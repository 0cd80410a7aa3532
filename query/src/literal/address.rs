//! Internet addresses and the networks that hold them.

use std::net::IpAddr;

/// A network such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: u128,
    mask: u128,
    is_v4: bool,
}

/// Four-byte addresses written in the six-byte way count as four-byte ones.
fn canonical(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(four) => (u128::from(four.to_bits()), true),
        IpAddr::V6(six) => (six.to_bits(), false),
    }
}

impl Network {
    /// Address, slash, number of leading bits.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        if bits.is_empty() || bits.len() > 3 || !bits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (base, is_v4) = canonical(address.parse().ok()?);
        let width: u32 = if is_v4 { 32 } else { 128 };
        let host_bits = width.checked_sub(bits.parse().ok()?)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Some(Self { base: base & mask, mask, is_v4 })
    }

    /// Whether this text is an address in the network.
    pub fn holds(self, text: &str) -> bool {
        let Ok(address) = text.parse::<IpAddr>() else { return false };
        let (bits, is_v4) = canonical(address);
        is_v4 == self.is_v4 && bits & self.mask == self.base
    }
}

/// An address as something that can be compared; those of four bytes before those of sixteen.
pub fn ordinal(text: &str) -> Option<(bool, u128)> {
    let (bits, is_v4) = canonical(text.parse().ok()?);
    Some((!is_v4, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_addresses() {
        let holds = |network: &str, address: &str| Network::parse(network).unwrap().holds(address);
        assert!(holds("10.0.0.0/8", "10.255.1.2") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.7/32", "10.0.0.7") && holds("0.0.0.0/0", "1.2.3.4"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("::/0", "1.2.3.4"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3") && !holds("10.0.0.0/8", "10.1.2"));
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "x/8", "10.0.0.0/+8"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
        assert!(ordinal("9.0.0.1") < ordinal("10.0.0.1") && ordinal("255.0.0.0") < ordinal("::1"));
    }
}
