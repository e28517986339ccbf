//! Numbers with a shape, as they travel between threads.

use anyhow::{Context, bail};
use ort::{
    session::SessionInputValue,
    value::{DynValue, TensorElementType},
};

/// Rows first: the first axis counts what runs together.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Values,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    F32(Vec<f32>),
    I32(Vec<i32>),
    I64(Vec<i64>),
}

/// What a model's input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    F32,
    I32,
    I64,
}

impl Element {
    pub fn of(kind: TensorElementType) -> anyhow::Result<Self> {
        match kind {
            TensorElementType::Float32 => Ok(Self::F32),
            TensorElementType::Int32 => Ok(Self::I32),
            TensorElementType::Int64 => Ok(Self::I64),
            other => bail!("the model wants {other:?}, which this service does not make"),
        }
    }
}

impl Tensor {
    pub fn of_f32(shape: impl Into<Vec<usize>>, values: Vec<f32>) -> Self {
        Self { shape: shape.into(), values: Values::F32(values) }
    }

    /// One row of whole numbers, in the width that the model wants.
    pub fn row_of_integers(numbers: &[u32], element: Element) -> anyhow::Result<Self> {
        let values = match element {
            Element::I32 => Values::I32(numbers.iter().map(|&number| i32::try_from(number)).collect::<Result<_, _>>()?),
            Element::I64 => Values::I64(numbers.iter().map(|&number| i64::from(number)).collect()),
            Element::F32 => bail!("the model wants fractions where whole numbers are"),
        };
        Ok(Self { shape: vec![1, numbers.len()], values })
    }

    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    pub fn as_f32(&self) -> anyhow::Result<&[f32]> {
        match &self.values {
            Values::F32(values) => Ok(values),
            other => bail!("fractions were expected, not {other:?}"),
        }
    }

    /// Whether rows of both can run together.
    pub fn fits(&self, other: &Self) -> bool {
        self.shape.len() == other.shape.len()
            && self.shape.iter().skip(1).eq(other.shape.iter().skip(1))
            && std::mem::discriminant(&self.values) == std::mem::discriminant(&other.values)
    }

    /// Adds the rows of a tensor that fits.
    pub fn append(&mut self, other: Self) {
        let rows = other.rows();
        match (&mut self.values, other.values) {
            (Values::F32(all), Values::F32(mut more)) => all.append(&mut more),
            (Values::I32(all), Values::I32(mut more)) => all.append(&mut more),
            (Values::I64(all), Values::I64(mut more)) => all.append(&mut more),
            _ => return,
        }
        if let Some(count) = self.shape.first_mut() {
            *count += rows;
        }
    }

    /// The first `rows` rows and the rest.
    pub fn split_at(mut self, rows: usize) -> (Self, Self) {
        let width: usize = self.shape.iter().skip(1).product();
        let rest = match &mut self.values {
            Values::F32(values) => Values::F32(values.split_off((rows * width).min(values.len()))),
            Values::I32(values) => Values::I32(values.split_off((rows * width).min(values.len()))),
            Values::I64(values) => Values::I64(values.split_off((rows * width).min(values.len()))),
        };
        let mut shape = self.shape.clone();
        if let (Some(first), Some(last)) = (self.shape.first_mut(), shape.first_mut()) {
            *last = first.saturating_sub(rows);
            *first = rows.min(*first);
        }
        (self, Self { shape, values: rest })
    }

    pub fn into_input(self) -> anyhow::Result<SessionInputValue<'static>> {
        let shape = self.shape;
        let input = match self.values {
            Values::F32(values) => ort::value::Tensor::from_array((shape, values))?.into(),
            Values::I32(values) => ort::value::Tensor::from_array((shape, values))?.into(),
            Values::I64(values) => ort::value::Tensor::from_array((shape, values))?.into(),
        };
        Ok(input)
    }

    pub fn from_output(value: &DynValue) -> anyhow::Result<Self> {
        let (shape, values) = value.try_extract_tensor::<f32>().context("read what the model answered")?;
        let shape = shape.iter().map(|&size| usize::try_from(size)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of_f32(shape, values.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_fit_are_joined_and_parted_again() {
        let row = |number: f32| Tensor::of_f32([1, 2], vec![number, number]);
        let mut all = row(1.0);
        assert!(all.fits(&row(2.0)) && !all.fits(&Tensor::of_f32([1, 3], vec![0.0; 3])));
        all.append(row(2.0));
        all.append(row(3.0));
        assert_eq!(all.shape, [3, 2]);
        let (first, rest) = all.split_at(1);
        assert_eq!((first, rest.rows()), (row(1.0), 2));
        assert_eq!(rest.split_at(1).1, row(3.0));
    }
}
