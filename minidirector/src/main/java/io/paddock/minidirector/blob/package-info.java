/** Archives that the director keeps for a while, so that clients can fetch them. */
@NullMarked
package io.paddock.minidirector.blob;

import org.jspecify.annotations.NullMarked;
