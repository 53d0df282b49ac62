import csv

from mnist_course.grading.submissions.tables import write_table


def written(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_write_table_has_no_formulas(tmp_path):
    rows = [{"a": "=1+1", "b": "@x"}, {"a": "anna", "b": 2}]
    write_table(tmp_path / "x.csv", ["a", "b"], rows)
    assert written(tmp_path / "x.csv") == [["a", "b"], ["'=1+1", "'@x"], ["anna", "2"]]


def test_write_table_minus_alone_is_no_formula(tmp_path):
    write_table(tmp_path / "x.csv", ["a"], [{"a": "-"}])  # Moodle expects one
    assert written(tmp_path / "x.csv") == [["a"], ["-"]]


def test_write_table_without_rows_has_a_header(tmp_path):
    write_table(tmp_path / "x.csv", ["a", "b"], [])
    assert written(tmp_path / "x.csv") == [["a", "b"]]
