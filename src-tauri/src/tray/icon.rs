//! The tray's icon, drawn here: the lookout's eye, whose pupil says how the console stands.
//!
//! Shape carries the meaning, colour only repeats it: a check in a full pupil is fine, an empty ring
//! is on its way or signed out, a bar through the eye is offline, a cross in a filled square is
//! broken. No file of a theme is needed, so it looks the same everywhere.

use vigia_desk::notice::Presence;

/// Sides of the pictures that desktops ask for, in pixels.
pub const SIDES: [u32; 3] = [22, 32, 64];
/// Samples along each side of a pixel.
const SAMPLES: u32 = 4;

type Point = (f32, f32);
type Colour = [u8; 3];

const TEAL: Colour = [0x2a, 0xb5, 0xb0];
const GREY: Colour = [0x9a, 0xa4, 0xa8];
const AMBER: Colour = [0xe0, 0xa0, 0x30];
const RED: Colour = [0xe0, 0x4a, 0x45];
const WHITE: Colour = [0xff, 0xff, 0xff];

/// The picture as rows of red, green, blue, opacity.
#[must_use]
pub fn rgba(presence: Presence, side: u32) -> Vec<u8> {
    let mut pixels = Vec::with_capacity((side * side * 4) as usize);
    let step = 1.0 / (side * SAMPLES) as f32;
    for y in 0..side {
        for x in 0..side {
            let (mut sum, mut covered) = ([0_u32; 3], 0_u32);
            for sample in 0..SAMPLES * SAMPLES {
                let at = (
                    (x * SAMPLES + sample % SAMPLES) as f32 * step + step / 2.0,
                    (y * SAMPLES + sample / SAMPLES) as f32 * step + step / 2.0,
                );
                if let Some(colour) = colour_at(presence, at) {
                    covered += 1;
                    for (sum, part) in sum.iter_mut().zip(colour) {
                        *sum += u32::from(part);
                    }
                }
            }
            pixels.extend(sum.map(|sum| (sum / covered.max(1)) as u8));
            pixels.push((covered * 255 / (SAMPLES * SAMPLES)) as u8);
        }
    }
    pixels
}

/// The colour of a point of the unit square; `None` where nothing is drawn.
fn colour_at(presence: Presence, at: Point) -> Option<Colour> {
    let pupil = distance(at, (0.5, 0.5));
    match presence {
        Presence::Broken => {
            let inside = (at.0 - 0.5).abs().max((at.1 - 0.5).abs()) < 0.44;
            let cross = near(at, (0.3, 0.3), (0.7, 0.7), 0.07) || near(at, (0.7, 0.3), (0.3, 0.7), 0.07);
            inside.then_some(if cross { WHITE } else { RED })
        }
        Presence::Fine => {
            let check =
                near(at, (0.40, 0.50), (0.47, 0.57), 0.04) || near(at, (0.47, 0.57), (0.60, 0.43), 0.04);
            match (check, pupil < 0.2 || on_eye(at)) {
                (true, _) => Some(WHITE),
                (false, true) => Some(TEAL),
                (false, false) => None,
            }
        }
        Presence::Waiting | Presence::SignedOut => {
            let ring = (0.12..0.2).contains(&pupil);
            (ring || on_eye(at)).then_some(GREY)
        }
        Presence::Offline => {
            let bar = near(at, (0.14, 0.86), (0.86, 0.14), 0.06);
            let gap = near(at, (0.14, 0.86), (0.86, 0.14), 0.12);
            match (bar, gap) {
                (true, _) => Some(AMBER),
                (false, true) => None,
                (false, false) => ((0.12..0.2).contains(&pupil) || on_eye(at)).then_some(GREY),
            }
        }
    }
}

/// The eye's outline: the edge of what two circles share.
fn on_eye(at: Point) -> bool {
    let above = distance(at, (0.5, 0.83));
    let below = distance(at, (0.5, 0.17));
    let edge = above.max(below);
    (0.49..0.575).contains(&edge)
}

fn distance(a: Point, b: Point) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Whether a point is closer than `reach` to the line between two.
fn near(at: Point, from: Point, to: Point, reach: f32) -> bool {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let along = ((at.0 - from.0) * dx + (at.1 - from.1) * dy) / (dx * dx + dy * dy);
    let along = along.clamp(0.0, 1.0);
    distance(at, (from.0 + along * dx, from.1 + along * dy)) < reach
}

#[cfg(test)]
mod tests {
    use super::{SIDES, rgba};
    use vigia_desk::notice::Presence;

    /// Where something is drawn, colours left out.
    fn shape(presence: Presence) -> Vec<bool> {
        rgba(presence, 32).chunks(4).map(|pixel| pixel[3] > 127).collect()
    }

    #[test]
    fn the_states_differ_in_shape_and_not_only_in_colour() {
        let shapes = [Presence::Waiting, Presence::Offline, Presence::Broken].map(shape);
        let fine = shape(Presence::Fine);
        for (index, other) in shapes.iter().enumerate() {
            let differing = fine.iter().zip(other).filter(|(a, b)| a != b).count();
            assert!(differing > 20, "{index}: {differing} pixels differ");
        }
        assert_ne!(shapes[0], shapes[1]);
        assert_ne!(shapes[1], shapes[2]);
    }

    #[test]
    fn every_side_is_drawn_whole() {
        for side in SIDES {
            let pixels = rgba(Presence::Fine, side);
            assert_eq!(pixels.len(), (side * side * 4) as usize);
            assert!(pixels.chunks(4).any(|pixel| pixel[3] == 255));
            assert_eq!(pixels[3], 0, "the corner is clear");
        }
    }
}
