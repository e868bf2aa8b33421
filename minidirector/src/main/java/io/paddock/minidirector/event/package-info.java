/** The director's audit trail. */
@NullMarked
package io.paddock.minidirector.event;

import org.jspecify.annotations.NullMarked;
