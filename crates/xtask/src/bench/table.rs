//! What a benchmark prints: a table that can go into README as it is.

/// Rows under a heading; the first column says what was measured.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self { rows: vec![heading.map(str::to_owned).to_vec()] }
    }

    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(str::to_owned).to_vec());
    }

    pub fn print(&self) {
        print!("\n{}\n", self.text());
    }

    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &[String]| {
            let cells = widths.iter().enumerate().map(|(column, width)| {
                let cell = row.get(column).map(String::as_str).unwrap_or_default();
                format!(" {cell:width$} |")
            });
            format!("|{}\n", cells.collect::<String>())
        };
        let rule =
            format!("|{}\n", widths.iter().map(|width| format!("{}|", "-".repeat(width + 2))).collect::<String>());
        let (heading, body) = self.rows.split_first().expect("a table has a heading");
        line(heading) + &rule + &body.iter().map(|row| line(row)).collect::<String>()
    }
}

/// The value below which this share of the values is. They need not be sorted.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let mut table = Table::new(["figure", "value"]);
        table.row(["start-up, median", "0.1 s"]);
        assert_eq!(
            table.text(),
            "| figure           | value |\n|------------------|-------|\n| start-up, median | 0.1 s |\n"
        );
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), 10.0);
        assert_eq!(percentile(&values, 0.95), 19.0);
        assert_eq!(percentile(&values, 1.0), 20.0);
        assert!(percentile(&[], 0.5).is_nan());
    }
}
