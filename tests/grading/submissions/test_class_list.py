import pytest

from mnist_course.grading.submissions.class_list import NOT_LISTED, Person, read_class_list, team_id
from mnist_course.grading.submissions.uploaded_files import UploadsError

PEOPLE = [
    Person("s1", "Anna Arendt", "Team A"),
    Person("s2", "Bo Müller", "Team A", frozenset({("canvas", "12"), ("moodle", "900")})),
    Person("s3", "Cy Lee"),
    Person("s4", "Cy Lee"),
    Person("s5", "Łena Wójcik"),
]


@pytest.fixture
def class_list(tmp_path):
    """Return a function that reads a class list, given by its lines."""

    def class_list(*lines):
        (tmp_path / "class.csv").write_text("\n".join(lines), encoding="utf-8-sig")
        return read_class_list(tmp_path / "class.csv")

    return class_list


def ids(uploaded):
    return {student.name: student.id for student in uploaded.students}


def test_read_class_list(class_list):
    people = class_list("id,name,team,canvas,moodle", "s1,Anna,A,7,4711 4811", "s2,Bo,,,")
    numbers = {("canvas", "7"), ("moodle", "4711"), ("moodle", "4811")}
    anna = Person("s1", "Anna", "A", frozenset(numbers), listed_id="s1")
    assert people == [anna, Person("s2", "Bo", listed_id="s2")]
    assert class_list("id;name", "S 1;Anna") == [Person("s-1-7eec045c", "Anna", listed_id="S 1")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["id,name", "s1,Anna", "s1,Bo"], "the id s1 is there twice"),
        (["id,name", "s1,"], "a name is missing"),
        (["number,name", "s1,Anna"], "has no id"),
    ],
)
def test_read_class_list_errors(class_list, lines, message):
    with pytest.raises(UploadsError, match=message):
        class_list(*lines)


def test_recognize_in_moodle_and_canvas(zipped):
    moodle = ["Anna Arendt_4711_assignsubmission_file_/a.ipynb", "B_900_assignsubmission_file_/a"]
    assert ids(zipped(moodle, people=PEOPLE)) == {"Anna Arendt": "s1", "Bo Müller": "s2"}
    canvas = ["arendtanna_11_1_a.ipynb", "mllerbo_LATE_12_2_a.ipynb"]
    assert ids(zipped(canvas, people=PEOPLE)) == {"Anna Arendt": "s1", "Bo Müller": "s2"}
    for name in ("wójcikłena", "wjcikena"):
        uploaded = zipped([f"{name}_13_1_a.ipynb", "x_1_2_a.ipynb"], people=PEOPLE)
        assert ids(uploaded)["Łena Wójcik"] == "s5"
    other = ["Anna Arendt_4811_assignsubmission_file_/b.ipynb", "Bo Müller.ipynb"]
    assert ids(zipped(other, people=PEOPLE)) == {"Anna Arendt": "s1", "Bo Müller": "s2"}


def test_recognize_name_with_another_number_in_canvas(zipped):
    """It could be somebody else, with the display name of a listed student."""
    people = [*PEOPLE, Person("s6", "Di Okafor", numbers=frozenset({("canvas", "31")}))]
    with pytest.raises(UploadsError, match="another number") as error:
        zipped(["okafordi_99_1_a.ipynb", "mllerbo_12_2_a.ipynb"], people=people)
    assert "okafordi has the number 99, but Di Okafor (s6)" in str(error.value)
    assert "has 31" in str(error.value) and "mllerbo" not in str(error.value)
    people.append(Person("s7", "Di Okafor", numbers=frozenset({("canvas", "99")})))
    files = ["okafordi_99_1_a.ipynb", "okafordi_31_2_a.ipynb"]
    assert {each.id for each in zipped(files, people=people).students} == {"s6", "s7"}


def test_recognize_unlisted_and_two_of_one_name(zipped):
    names = ["Eve", "Cy Lee", "Anna Arendt", "Anna Arendt"]
    files = [f"{name}_{i}_assignsubmission_file_/a.ipynb" for i, name in enumerate(names, 1)]
    uploaded = zipped(files, people=PEOPLE)
    assert len(uploaded.students) == 4
    assert {student.note for student in uploaded.students} == {NOT_LISTED}
    assert {student.id for student in uploaded.students}.isdisjoint({"s1", "s3", "s4"})


def test_recognize_teams(zipped):
    files = ["Team A_55_assignsubmission_file_/a.ipynb", "Team B_56_assignsubmission_file_/a.ipynb"]
    uploaded = zipped(files, teams=True, people=PEOPLE)
    assert ids(uploaded)["Team A"] == team_id("Team A")
    assert ids(uploaded)["Team B"] == "team-b-56"


def test_recognize_unlisted_never_gets_a_listed_id(zipped):
    people = [Person("eve-1", "Anna Arendt")]
    uploaded = zipped(["Eve_1_assignsubmission_file_/a.ipynb"], people=people)
    assert ids(uploaded) == {"Eve": "eve-1-not-listed"}
