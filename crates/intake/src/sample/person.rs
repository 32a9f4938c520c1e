//! The people of the sample: invented, of example.com, each with an address of their own.

use super::random::Random;

pub(super) struct Person {
    /// `ana.prado`.
    pub(super) name: &'static str,
    pub(super) email: String,
    pub(super) id: String,
    pub(super) role: &'static str,
    /// From where they work.
    pub(super) address: String,
}

/// Their names on the hosts; the first three administer them.
const NAMES: [&str; 24] = [
    "admin",
    "ana.prado",
    "davi.rocha",
    "bruna.teles",
    "caio.mendes",
    "clara.nunes",
    "diego.faria",
    "elisa.braga",
    "fabio.lins",
    "gabi.torres",
    "hugo.peixoto",
    "iara.campos",
    "igor.salles",
    "joana.reis",
    "kleber.dias",
    "lara.moura",
    "livia.castro",
    "marcos.leal",
    "nina.barros",
    "otavio.luz",
    "paula.serra",
    "rafael.pinho",
    "sofia.amaral",
    "tiago.vidal",
];

pub(super) fn staff() -> Vec<Person> {
    let mut random = Random::new(0x76_69_67_69_61);
    let person = |(index, name): (u32, &&'static str)| {
        let hex = random.hexadecimal(32);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        Person {
            name,
            email: format!("{name}@example.com"),
            id: [
                part(0, 8),
                part(8, 12),
                format!("4{}", part(13, 16)),
                format!("a{}", part(17, 20)),
                part(20, 32),
            ]
            .join("-"),
            role: match index {
                0..=2 => "admin",
                3..=6 => "manager",
                _ => "user",
            },
            address: format!("198.51.100.{}", 10 + index * 3),
        }
    };
    (0..).zip(&NAMES).map(person).collect()
}

/// Somebody of the staff.
pub(super) fn somebody<'a>(staff: &'a [Person], random: &mut Random) -> Option<&'a Person> {
    let first = staff.first()?;
    Some(random.pick(staff, first))
}
