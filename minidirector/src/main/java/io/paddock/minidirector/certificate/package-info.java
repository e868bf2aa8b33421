/** Keys and certificates, the director's own among them. */
@NullMarked
package io.paddock.minidirector.certificate;

import org.jspecify.annotations.NullMarked;
