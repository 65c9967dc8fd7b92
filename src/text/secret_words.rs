//! Secrets in texts that are no markup: command lines, kernel parameters, URLs, JSON, comments.

use std::ops::Range;

/// How the value of `key=value` ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretForm {
    /// As in an option of QEMU: at a comma before the next option; blanks and doubled commas are part of the value
    /// (`util/keyval.c`, `util/qemu-option.c`: `get_opt_value`).
    Option,
    /// As a word of a kernel command line or of prose: at a blank or a quote.
    Word,
}

/// Which names of options, parameters, variables and elements are those of secrets.
#[derive(Clone, Copy)]
enum Name {
    /// The whole name behind its last dot.
    Is(&'static str),
    /// How the name ends.
    EndsIn(&'static str),
}

/// Names in lower case, each with one source of its use. QEMU's `password-secret=`, `key-secret=` and the like are ids of
/// objects, which are references and no secrets.
const NAMES: &[(Name, &str)] = &[
    (
        Name::EndsIn("password"),
        "QEMU qapi/block-core.json: BlockdevOptionsCurl, ui/spice-core.c; dracut rd.iscsi.password",
    ),
    (Name::EndsIn("passwd"), "libvirt conf/domain_conf.c: virDomainGraphicsAuthDefParseXML"),
    (Name::EndsIn("passphrase"), "QEMU block/crypto.c, libvirt <secret type='passphrase'>"),
    (Name::Is("pass"), "URLs and scripts"),
    (Name::Is("pwd"), "URLs and scripts"),
    (Name::Is("secret"), "libvirt conf/secret_conf.c: the value of a secret"),
    (Name::EndsIn("_secret"), "nvme-cli --dhchap-secret as a variable, OAuth client_secret"),
    (Name::EndsIn("chap-secret"), "nvme-cli connect --dhchap-secret"),
    (Name::Is("key"), "QEMU block/rbd.c: key= of rbd:POOL/IMAGE"),
    (Name::EndsIn("_key"), "AWS_SECRET_ACCESS_KEY and the like in <qemu:env>"),
    (Name::EndsIn("apikey"), "URLs"),
    (Name::EndsIn("api-key"), "URLs"),
    (Name::EndsIn("psk"), "QEMU crypto/tlscredspsk.c"),
    (Name::Is("cookie"), "QEMU block/curl.c: CURL_BLOCK_OPT_COOKIE"),
    (Name::EndsIn("token"), "URLs of presigned requests"),
    (Name::Is("sig"), "URLs of Azure: shared access signatures"),
    (Name::EndsIn("signature"), "URLs of S3: X-Amz-Signature"),
    (Name::Is("x-amz-credential"), "URLs of S3"),
    (Name::Is("set_credential"), "systemd.system-credentials(7)"),
    (Name::Is("set_credential_binary"), "systemd.system-credentials(7)"),
];

/// Values that are secrets wherever they are, by how they begin.
const VALUES: [(&str, &str); 2] = [
    ("DHHC-1:", "NVMe base specification: key of DH-HMAC-CHAP"),
    ("NVMeTLSkey-1:", "NVMe TCP transport specification: pre-shared key"),
];

/// Values of switches: `password=on` of `-vnc` asks for a password and is none.
const SWITCHES: [&str; 8] = ["on", "off", "yes", "no", "true", "false", "0", "1"];

/// Whether `name` names a secret: an element, an option, a variable, a parameter.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(['.', ':']).next().unwrap_or_default();
    NAMES.iter().any(|(name, _)| match name {
        Name::Is(name) => last == *name,
        Name::EndsIn(end) => last.ends_with(end),
    })
}

/// Gives `found` where `text` holds secrets; the ranges may overlap and have no order.
pub fn secret_words(text: &str, form: SecretForm, mut found: impl FnMut(Range<usize>)) {
    if !text.contains(['=', ':', '-']) {
        return;
    }
    assignments(text, form, &mut found);
    credentials(text, &mut found);
    user_info(text, &mut found);
    for (prefix, _) in VALUES {
        each(text, prefix, |at, rest| {
            found(at..at + word(rest));
            word(rest)
        });
    }
    each(text, "-----BEGIN ", |at, block| {
        let line = block.get(..block.find('\n').unwrap_or(block.len())).unwrap_or_default();
        let length = block.find("-----END").unwrap_or(block.len());
        if line.contains("PRIVATE KEY") {
            found(at..at + length);
        }
        length
    });
}

/// Calls `read` where `text` has `mark`, with what begins there; what `read` has read, in bytes, is passed over, so that
/// the time is linear in the length of the text.
fn each(text: &str, mark: &str, mut read: impl FnMut(usize, &str) -> usize) {
    let mut from = 0;
    while let Some(at) = behind(text, from).find(mark).map(|at| from + at) {
        from = at + read(at, behind(text, at)).max(mark.len());
    }
}

/// `key=value`, `key='value'`, `"key": "value"`.
fn assignments(text: &str, form: SecretForm, found: &mut impl FnMut(Range<usize>)) {
    // QEMU's -object secret and -fw_cfg have the secret in an option of a common name.
    let is_object = text.starts_with("secret,")
        || text.starts_with("secret_keyring,")
        || (text.contains("qom-type") && text.contains("secret"));
    let is_firmware = text.contains("name=opt/") || text.contains("\"opt/");
    // The time is linear: a value is read once.
    let mut read = 0;
    for (at, _) in text.match_indices(['=', ':']) {
        if at < read {
            continue;
        }
        let name = name_before(text.get(..at).unwrap_or_default());
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_own = (is_object && last == "data") || (is_firmware && last == "string");
        if !is_own && !is_secret_name(name) {
            continue;
        }
        let rest = behind(text, at + 1);
        let value = rest.trim_start_matches([' ', '\t']);
        let start = at + 1 + (rest.len() - value.len());
        let (start, length) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => (start + 1, quoted(behind(value, 1), quote)),
            // A structure of JSON, whose members are found by themselves; `https://`.
            Some('{' | '[' | '/') => continue,
            _ => (start, if form == SecretForm::Option { option(value) } else { word(value) }),
        };
        let value = behind(text, start).get(..length).unwrap_or_default();
        let is_reference = last == "secret" && is_uuid(value);
        if !SWITCHES.contains(&value) && !is_reference {
            found(start..start + length);
            read = start + length;
        }
    }
}

/// `io.systemd.credential:NAME=VALUE` (systemd.system-credentials(7)): the value goes to the end.
fn credentials(text: &str, found: &mut impl FnMut(Range<usize>)) {
    let Some(at) = text.find("io.systemd.credential") else { return };
    if let Some(equals) = behind(text, at).find('=') {
        found(at + equals + 1..text.len());
    }
}

/// The password of `scheme://user:password@host`, or of `iscsi://user%password@host` (libiscsi).
fn user_info(text: &str, found: &mut impl FnMut(Range<usize>)) {
    for (at, _) in text.match_indices("://") {
        let rest = behind(text, at + 3);
        let length = rest.find(|c: char| "/?#'\"<> ,".contains(c)).unwrap_or(rest.len());
        let authority = rest.get(..length).unwrap_or_default();
        let Some((user, _)) = authority.rsplit_once('@') else { continue };
        if let Some(mark) = user.find([':', '%']) {
            found(at + 3 + mark + 1..at + 3 + user.len());
        }
    }
}

fn behind(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// The name at the end of `text`, without quotes around it.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\t']).trim_end_matches(['"', '\'']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.get(text.trim_end_matches(is_part).len()..).unwrap_or_default()
}

/// The length of what is quoted; `\` escapes a quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let end = text.find(|character| {
        let is_end = character == quote && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}

fn word(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(text.len())
}

/// The length of the value of an option: to a single comma before something that is another option.
fn option(text: &str) -> usize {
    let mut from = 0;
    while let Some(comma) = behind(text, from).find(',').map(|at| from + at) {
        let rest = behind(text, comma + 1);
        if rest.starts_with(',') {
            from = comma + 2;
            continue;
        }
        let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c));
        let next = name.and_then(|at| rest.as_bytes().get(at));
        if matches!(next, None | Some(b'=' | b',')) && name != Some(0) {
            return comma;
        }
        from = comma + 1;
    }
    text.len()
}

/// Whether `text` is a UUID, which names a secret that libvirt keeps.
pub fn is_uuid(text: &str) -> bool {
    let is_digit = |(at, byte): (usize, u8)| {
        if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    text.len() == 36 && text.bytes().enumerate().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` with `~` for every secret.
    fn shown(text: &str, form: SecretForm) -> String {
        let mut ranges = Vec::new();
        secret_words(text, form, |range| ranges.push(range));
        ranges.sort_by_key(|range| (range.start, range.end));
        let (mut out, mut from) = (String::new(), 0);
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            if range.start >= from {
                out.push_str(text.get(from..range.start).unwrap());
                out.push('~');
            }
            from = range.end.max(from);
        }
        out + text.get(from..).unwrap()
    }

    #[test]
    fn options_of_qemu_lose_their_secrets_and_keep_the_rest() {
        for (text, want) in [
            ("secret,id=sec0,data=S3,,CR=ET,format=raw", "secret,id=sec0,data=~,format=raw"),
            (
                "virtio-net-pci,addr=0x3,password=S3 C,,R3T,id=n",
                "virtio-net-pci,addr=0x3,password=~,id=n",
            ),
            (":1,password=on,tls-creds=t", ":1,password=on,tls-creds=t"),
            ("port=1,password=S,disable-ticketing", "port=1,password=~,disable-ticketing"),
            (
                "driver=https,url=https://u:S@h/x,password-secret=sec0,cookie=a=b",
                "driver=https,url=https://u:~@h/x,password-secret=sec0,cookie=~",
            ),
            (
                "file=rbd:p/i:id=admin:key=AQD==:auth=cephx,if=none",
                "file=rbd:p/i:id=admin:key=~,if=none",
            ),
            ("file.password=S,file.user=u", "file.password=~,file.user=u"),
            ("iscsi://u%S@h/iqn/0", "iscsi://u%~@h/iqn/0"),
            (
                r#"{"qom-type":"secret","id":"s","data":"a\"b"}"#,
                r#"{"qom-type":"secret","id":"s","data":"~"}"#,
            ),
            (
                r#"{"driver":"curl","password" : "S x","cookie":"c"}"#,
                r#"{"driver":"curl","password" : "~","cookie":"~"}"#,
            ),
            ("name=opt/x/y,string=S", "name=opt/x/y,string=~"),
            (
                "type=11,value=io.systemd.credential:root=a,b c",
                "type=11,value=io.systemd.credential:root=~",
            ),
            ("virtio-blk-pci,drive=d,serial=abc", "virtio-blk-pci,drive=d,serial=abc"),
            ("rng-random,filename=/dev/urandom,data=3", "rng-random,filename=/dev/urandom,data=3"),
        ] {
            assert_eq!(shown(text, SecretForm::Option), want);
        }
    }

    #[test]
    fn words_end_at_blanks() {
        for (text, want) in [
            (
                "root=/dev/vda rd.iscsi.password=a,b quiet",
                "root=/dev/vda rd.iscsi.password=~ quiet",
            ),
            ("systemd.set_credential=n:v x", "systemd.set_credential=~ x"),
            ("the password is known", "the password is known"),
            ("password: hunter2 (old)", "password: ~ (old)"),
            ("passwd='a b' c", "passwd='~' c"),
            ("k DHHC-1:00:abc=: e", "k ~ e"),
            (
                "secret=6f0f0c2c-8a0d-4c8d-9f5e-0123456789ab",
                "secret=6f0f0c2c-8a0d-4c8d-9f5e-0123456789ab",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY-----",
                "~-----END RSA PRIVATE KEY-----",
            ),
            ("http://h/x?a=1&token=abc http://h:80/", "http://h/x?a=1&token=~ http://h:80/"),
        ] {
            assert_eq!(shown(text, SecretForm::Word), want);
        }
    }

    #[test]
    fn every_row_of_the_table_names_a_secret_and_has_a_source() {
        for (name, source) in NAMES {
            let (Name::Is(name) | Name::EndsIn(name)) = name;
            assert!(is_secret_name(name) && is_secret_name(&name.to_uppercase()), "{name}");
            assert!(source.len() > 3 && name.to_ascii_lowercase() == *name, "{name}");
        }
        for name in
            ["password-secret", "keyfile", "secretary", "passwdValidTo", "serial", "monkey", ""]
        {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
