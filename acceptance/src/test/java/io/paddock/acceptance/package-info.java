/** Black box tests: the whole platform as {@code ./paddock up} starts it, with real processes, kills and PostgreSQL. */
@NullMarked
package io.paddock.acceptance;

import org.jspecify.annotations.NullMarked;
