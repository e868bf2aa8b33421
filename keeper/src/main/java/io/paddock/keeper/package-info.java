/** The process beside each PostgreSQL node: it watches, asks for the right to write, promotes, follows, repairs. */
@NullMarked
package io.paddock.keeper;

import org.jspecify.annotations.NullMarked;
