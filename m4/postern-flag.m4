dnl SPDX-License-Identifier: BSD-2-Clause
dnl POSTERN_FLAG(VARIABLE, FLAG): compile and link with it; append if it works
AC_DEFUN([POSTERN_FLAG], [
	AC_MSG_CHECKING([whether $CC takes $2])
	postern_save="$CFLAGS"
	CFLAGS="$CFLAGS -Werror $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
	    [AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
	CFLAGS="$postern_save"
])
