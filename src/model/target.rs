//! Names of disk targets: `vda`, `sdz`, `hdaa`, `nvme0n1`.

/// The letters of the nth disk, from 0: a, b, ... z, aa, ab, ...
///
/// Source: `virutil.c: virIndexToDiskName`, kernel `drivers/scsi/sd.c: sd_format_disk_name`.
pub fn target_letters(mut nth: u32) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'a' + u8::try_from(nth % 26).unwrap_or_default()));
        match (nth / 26).checked_sub(1) {
            Some(rest) => nth = rest,
            None => return out.into_iter().rev().collect(),
        }
    }
}

/// Prefixes of disk names (`virutil.c: virDiskNameParse`).
const PREFIXES: &[&str] = &["fd", "hd", "vd", "sd", "xvd", "ubd"];

/// The letters a disk name begins with, before those that number it.
pub fn target_prefix(target: &str) -> Option<&'static str> {
    PREFIXES.iter().find(|prefix| target.starts_with(**prefix)).copied()
}

/// The controller and the unit on it, both from 0, of an NVMe name: `nvme1n2` is unit 1 of
/// controller 1. A trailing partition, `p1`, is ignored.
///
/// Source: `virutil.c: virDiskNameParse` (libvirt 11.5).
pub fn nvme_target(target: &str) -> Option<(u32, u32)> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (controller, rest) = target.strip_prefix("nvme")?.split_once('n')?;
    let (namespace, partition) = match rest.split_once('p') {
        Some((namespace, partition)) => (namespace, Some(partition)),
        None => (rest, None),
    };
    if let Some(partition) = partition {
        number(partition)?;
    }
    Some((number(controller)?, number(namespace)?.checked_sub(1)?))
}

/// The number libvirt sorts a disk by: the letters behind `hd`, `sd`, ... in base 26, or the
/// namespace of an NVMe disk less one; `None` when the name has another form. A trailing partition
/// number does not count.
///
/// Source: `virutil.c: virDiskNameParse`.
pub fn target_index(target: &str) -> Option<u32> {
    if let Some((_, unit)) = nvme_target(target) {
        return Some(unit);
    }
    let rest = target.strip_prefix(target_prefix(target)?)?;
    let letters = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    if letters.is_empty() || !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    letters.bytes().try_fold(None, |index: Option<u32>, byte| {
        let above = index.map_or(Some(0), |index| index.checked_add(1)?.checked_mul(26))?;
        Some(Some(above.checked_add(u32::from(byte - b'a'))?))
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        let names: Vec<String> = [0, 25, 26, 701, 702].map(target_letters).into();
        assert_eq!(names, ["a", "z", "aa", "zz", "aaa"]);
    }

    #[test]
    fn a_name_is_the_number_of_its_letters() {
        for nth in [0, 25, 26, 701, 702, 20_000] {
            assert_eq!(target_index(&format!("sd{}", target_letters(nth))), Some(nth));
        }
        for (name, want) in [("xvdab1", Some(27)), ("vd", None), ("vd1", None), ("vdA", None)] {
            assert_eq!(target_index(name), want, "{name}");
        }
        assert_eq!(target_index("nvme0"), None);
        for (name, want) in [
            ("nvme0n1", Some((0, 0))),
            ("nvme12n257", Some((12, 256))),
            ("nvme1n2p3", Some((1, 1))),
            ("nvme0n0", None),
            ("nvme0", None),
            ("nvme0n1p", None),
            ("nvme-1n1", None),
        ] {
            assert_eq!(nvme_target(name), want, "{name}");
        }
        assert_eq!(target_index("sdaaaaaaaaaaaaaaaa"), None);
    }
}
