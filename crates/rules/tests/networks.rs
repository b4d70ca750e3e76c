//! Blocked networks are out of reach under every name that an address has.
#![allow(clippy::unwrap_used)]

mod table;

use atoll_rules::networks::{BLOCKED_NETWORK_INVALID, BlockedNetworks};
use table::{cases, text, texts};

/// Spin lets these through; each leads into a network that `private` stands for.
const SAFER: [(&str, &str); 3] = [
    ("224.0.0.1", "multicast reaches the local network"),
    ("64:ff9b::7f00:1", "NAT64 of loopback"),
    ("2002:7f00:1::", "6to4 of loopback"),
];

#[test]
fn every_address_of_spin_is_blocked_alike_or_more_safely() {
    let (mut lists, mut addresses, mut deviations) = (0, 0, 0);
    for case in cases("blocked_networks") {
        lists += 1;
        let mut entries = texts(&case["networks"]);
        entries.extend((case["block_private"] == true).then(|| "private".to_owned()));
        let blocked = BlockedNetworks::parse(&entries).unwrap();
        for pair in case["ips"].as_array().unwrap() {
            addresses += 1;
            let address = text(&pair[0]);
            let safer = SAFER.iter().any(|(listed, _)| *listed == address);
            deviations += usize::from(safer);
            assert_eq!(blocked.blocks(address.parse().unwrap()), safer || pair[1] == true, "{address} in {case}");
        }
    }
    assert_eq!((lists, addresses, deviations), (4, 40, 3));
}

#[test]
fn private_covers_metadata_services_and_special_purpose_addresses() {
    let blocked = BlockedNetworks::parse(&["private"]).unwrap();
    for address in [
        "169.254.169.254",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "0.0.0.0",
        "0.1.2.3",
        "255.255.255.255",
        "239.1.1.1",
        "ff05::2",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001::1",
        "2001:db8::1",
        "fec0::1",
        "100::1",
    ] {
        assert!(blocked.blocks(address.parse().unwrap()), "{address}");
    }
    for address in ["1.1.1.1", "168.63.129.17", "223.255.255.255", "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111"] {
        assert!(!blocked.blocks(address.parse().unwrap()), "{address}");
        assert!(!BlockedNetworks::default().blocks(address.parse().unwrap()));
    }
    assert!(!BlockedNetworks::default().blocks("127.0.0.1".parse().unwrap()));
}

#[test]
fn a_listed_network_is_blocked_in_its_ipv6_forms_too() {
    let blocked = BlockedNetworks::parse(&["123.123.0.0/16", "2600::/32", "9.9.9.9"]).unwrap();
    for address in ["123.123.1.1", "::ffff:123.123.1.1", "64:ff9b::7b7b:101", "2002:7b7b:101::", "2600::1", "9.9.9.9"] {
        assert!(blocked.blocks(address.parse().unwrap()), "{address}");
    }
    for address in ["123.124.1.1", "::ffff:123.124.1.1", "2601::1", "9.9.9.8", "127.0.0.1"] {
        assert!(!blocked.blocks(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn what_is_no_network_is_named_with_its_code() {
    let problems = BlockedNetworks::parse(&["10.0.0.0/33", "private", "example.com"]).unwrap_err();
    let values: Vec<&str> = problems.iter().map(|problem| problem.value.as_str()).collect();
    assert_eq!(values, ["10.0.0.0/33", "example.com"]);
    assert!(problems.iter().all(|problem| problem.code == BLOCKED_NETWORK_INVALID && problem.hint.is_some()));
}
