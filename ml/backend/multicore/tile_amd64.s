#include "textflag.h"

// ROW multiplies one number of the left factor with the 32 of the right one in Z16 and Z17, and adds that to two registers.
#define ROW(at, low, high) \
	VBROADCASTSS at, Z18; \
	VFMADD231PS  Z16, Z18, low; \
	VFMADD231PS  Z17, Z18, high

// LOAD reads a row of the result and steps to the next, SAVE writes one.
#define LOAD(low, high) \
	VMOVUPS (DI), low; \
	VMOVUPS 64(DI), high; \
	ADDQ    R10, DI

#define SAVE(low, high) \
	VMOVUPS low, (DI); \
	VMOVUPS high, 64(DI); \
	ADDQ    R10, DI

#define CLEAR(low, high) \
	VPXORQ low, low, low; \
	VPXORQ high, high, high

// func tile(k int, a *float32, row, step int, b, c *float32, width int, add bool)
TEXT ·tile(SB), NOSPLIT, $0-57
	MOVQ    k+0(FP), CX
	MOVQ    a+8(FP), AX
	MOVQ    row+16(FP), R8
	MOVQ    step+24(FP), R11
	MOVQ    b+32(FP), BX
	MOVQ    c+40(FP), DI
	MOVQ    width+48(FP), R10
	MOVBLZX add+56(FP), R12
	LEAQ    (R8)(R8*2), R9
	LEAQ    (AX)(R8*4), DX
	ADDQ    R8, DX
	MOVQ    DI, R13
	TESTL   R12, R12
	JZ      zero
	LOAD(Z0, Z1)
	LOAD(Z2, Z3)
	LOAD(Z4, Z5)
	LOAD(Z6, Z7)
	LOAD(Z8, Z9)
	LOAD(Z10, Z11)
	LOAD(Z12, Z13)
	LOAD(Z14, Z15)
	JMP     loop

zero:
	CLEAR(Z0, Z1)
	CLEAR(Z2, Z3)
	CLEAR(Z4, Z5)
	CLEAR(Z6, Z7)
	CLEAR(Z8, Z9)
	CLEAR(Z10, Z11)
	CLEAR(Z12, Z13)
	CLEAR(Z14, Z15)

loop:
	VMOVUPS (BX), Z16
	VMOVUPS 64(BX), Z17
	ROW((AX), Z0, Z1)
	ROW((AX)(R8*1), Z2, Z3)
	ROW((AX)(R8*2), Z4, Z5)
	ROW((AX)(R9*1), Z6, Z7)
	ROW((AX)(R8*4), Z8, Z9)
	ROW((DX), Z10, Z11)
	ROW((DX)(R8*1), Z12, Z13)
	ROW((DX)(R8*2), Z14, Z15)
	ADDQ    $128, BX
	ADDQ    R11, AX
	ADDQ    R11, DX
	DECQ    CX
	JNZ     loop

	MOVQ    R13, DI
	SAVE(Z0, Z1)
	SAVE(Z2, Z3)
	SAVE(Z4, Z5)
	SAVE(Z6, Z7)
	SAVE(Z8, Z9)
	SAVE(Z10, Z11)
	SAVE(Z12, Z13)
	SAVE(Z14, Z15)
	VZEROUPPER
	RET
