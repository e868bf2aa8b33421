/** The director's REST API with its oddities. */
@NullMarked
package io.paddock.minidirector.api;

import org.jspecify.annotations.NullMarked;
