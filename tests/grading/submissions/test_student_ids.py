from mnist_course.grading.submissions.student_ids import student_id


def test_student_id_unique_and_portable():
    names = ["anna", "Anna", "ANNA", "Anna Müller", "Anna Muller", "محمد", "מרים", "李雷", "O'Neil"]
    names += ["a/../b", "..", "x" * 300, "José", "Łukasz", "anna "]
    ids = [student_id(name) for name in names]
    assert len({each.lower() for each in ids}) == len(names) - 1  # "anna " is "anna"
    for each in ids:
        assert each.isascii() and each == each.lower() and len(each) <= 75
        assert each.replace("-", "").isalnum() and not each.startswith("-")
    assert ids[0] == "anna"


def test_student_id_composed_and_decomposed_accent():
    assert student_id("Jos\u00e9") == student_id("Jose\u0301") != student_id("Jose")


def test_student_id_same_name_different_platform_id():
    assert student_id("Anna", "7") == "anna-7" != student_id("Anna", "8")
